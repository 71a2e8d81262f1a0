"""Draw a sheet of training samples with their boxes (green: person, red: ignored) to look at before training."""

import argparse
from pathlib import Path

import cv2
import numpy as np

import augment
from samples import Samples


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--cache", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--raw-labels", action="store_true", help="the labels as published, not as taught")
    p.add_argument("--mosaic", type=float, default=0.3, help="share of mosaics")
    p.add_argument("--seed", type=int, default=0)
    a = p.parse_args()
    samples = Samples(a.cache, not a.raw_labels, a.seed)
    tiles = []
    for _ in range(20):
        rgb, _, box, kind = samples.sample((256, 416), a.mosaic, (0.6, 1.8))
        bgr = np.ascontiguousarray(rgb[..., ::-1])
        for b, k in zip(box.round().astype(int), kind):
            cv2.rectangle(bgr, b[:2].tolist(), b[2:].tolist(), (0, 255, 0) if k == augment.PERSON else (0, 0, 255), 1)
        tiles.append(bgr)
    cv2.imwrite(str(a.out), np.concatenate([np.concatenate(tiles[i:i + 4], 1) for i in range(0, 20, 4)]))


if __name__ == "__main__":
    main()
