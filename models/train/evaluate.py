"""Measure an exported model: COCO's AP on a prepared split, and precision and recall at several thresholds.

`coco-person-val` is for comparison only; thresholds and check-points are chosen on `val`.
"""

import argparse
import contextlib
import io
import re
import time
from pathlib import Path

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

import boxes
from detector import Detector
from pictures import Pictures


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--manifest", type=Path, required=True)
    p.add_argument("--cache", type=Path, required=True)
    p.add_argument("--splits", nargs="+", default=["val", "coco-person-val"])
    p.add_argument("--write", action="store_true", help="put the figures of coco-person-val into the manifest")
    a = p.parse_args()
    detector = Detector(a.manifest)
    for split in a.splits:
        pictures = Pictures(a.cache, split)
        began = time.process_time()
        found = [detector(pictures.pixels(i), threshold=0.01) for i in range(len(pictures))]
        spent = (time.process_time() - began) / len(pictures)
        ap, ap50, by_size, recall = coco_figures(pictures, found)
        print(f"{split}: {len(pictures)} images  AP {ap:.1f}  AP50 {ap50:.1f}  "
              f"AP small/medium/large {by_size[0]:.1f}/{by_size[1]:.1f}/{by_size[2]:.1f}  AR100 {recall:.1f}  "
              f"{1e3 * spent:.1f} ms CPU an image")
        for threshold in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
            print("  at {:.1f}: precision {:.1f} recall {:.1f} F1 {:.1f}, false boxes on {:.1f} % of {} empty images".format(
                threshold, *at_threshold(pictures, found, threshold)))
        if a.write and split == "coco-person-val":
            write(a.manifest, images=len(pictures), ap=round(ap, 1), ap50=round(ap50, 1),
                  **{f"ap_{size}": round(max(value, 0), 1) for size, value in zip(("small", "medium", "large"), by_size)})


def write(manifest, **figures):
    text = manifest.read_text()
    for key, value in figures.items():
        text = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", text)
    manifest.write_text(text)


def coco_figures(pictures, found):
    """AP, AP50, (AP small, medium, large) and AR100, in %, by pycocotools."""
    truth, answers = {"images": [], "annotations": [], "categories": [{"id": 1, "name": "person"}]}, []
    for i, (record, (box, score)) in enumerate(zip(pictures.records, found)):
        truth["images"].append({"id": i, "width": record["width"], "height": record["height"]})
        for b, crowd in zip(*pictures.labels(i)):
            truth["annotations"].append({"id": len(truth["annotations"]) + 1, "image_id": i, "category_id": 1,
                                         "bbox": xywh(b), "area": float(np.prod(b[2:] - b[:2])), "iscrowd": int(crowd)})
        answers += [{"image_id": i, "category_id": 1, "bbox": xywh(b), "score": float(s)} for b, s in zip(box, score)]
    if not answers:
        return 0.0, 0.0, np.zeros(3), 0.0
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = truth
        coco.createIndex()
        judge = COCOeval(coco, coco.loadRes(answers), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    s = 100 * judge.stats
    return s[0], s[1], s[3:6], s[8]


def xywh(b):
    return [float(b[0]), float(b[1]), float(b[2] - b[0]), float(b[3] - b[1])]


def at_threshold(pictures, found, threshold):
    """Precision, recall and F1 at IoU 0.5 in %, share of empty images with a false box in %, number of empty images."""
    right = wrong = people = empty = alarmed = 0
    for i, (box, score) in enumerate(found):
        label, ignore = pictures.labels(i)
        box = box[score >= threshold]
        hit, false = match(box, label[~ignore], label[ignore])
        right, wrong, people = right + hit, wrong + false, people + int((~ignore).sum())
        empty += not len(label)
        alarmed += not len(label) and len(box) > 0
    precision, recall = right / max(right + wrong, 1), right / max(people, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return 100 * precision, 100 * recall, 100 * f1, 100 * alarmed / max(empty, 1), empty


def match(box, people, ignore, overlap=0.5):
    """How many boxes (best first) find a person nobody found before, and how many are false."""
    free, hit, false = np.ones(len(people), bool), 0, 0
    for b in box:
        score = boxes.iou(b[None], people)[0] * free if len(people) else np.zeros(1)
        if score.max() >= overlap:
            free[score.argmax()] = False
            hit += 1
        elif not (len(ignore) and (boxes.intersection(b[None], ignore)[0] >= 0.5 * boxes.area(b[None])[0]).any()):
            false += 1
    return hit, false


if __name__ == "__main__":
    main()
