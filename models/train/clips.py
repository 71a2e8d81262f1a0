"""Measure an exported model on the rendered clips: who is found in how many frames, and how many boxes are false."""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np

import boxes
from detector import Detector
from prepare import clip_frames

PLAIN = 0.5             # share of the whole person that must be visible to count as "in plain view"


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--manifest", type=Path, required=True)
    p.add_argument("--scenes", type=Path, required=True)
    p.add_argument("--threshold", type=float, default=0.5)
    a = p.parse_args()
    detector = Detector(a.manifest)
    for path in sorted((a.scenes / "clips").glob("*.avi")):
        frames = json.loads(path.with_suffix(".json").read_text())["frames"]
        report(path.stem, frames, [detector(f[..., ::-1], a.threshold) for f in clip_frames(path)])


def report(name, frames, found):
    """A person counts as found where a box overlaps the whole or the visible box by 0.5."""
    seen, plain, scores, false = defaultdict(list), defaultdict(list), defaultdict(list), []
    for frame, (box, score) in zip(frames, found):
        used = np.zeros(len(box), bool)
        for person in frame["people"]:
            targets = np.array([person["box"], person["visible_box"]], np.float32)
            overlap = boxes.iou(box, targets).max(1) if len(box) else np.zeros(0)
            hit = bool((overlap >= 0.5).any())
            used |= overlap >= 0.3
            seen[person["id"]].append(hit)
            if in_plain_view(person, targets):
                plain[person["id"]].append(hit)
                scores[person["id"]].append(float(score[overlap.argmax()]) if hit else 0.0)
        false += [(frame["i"], round(float(s), 2)) for s in score[~used]]
    print(f"{name}: {len(frames)} frames, {len(false)} false boxes {false[:6]}")
    for who in seen:
        median = float(np.median(scores[who])) if scores[who] else 0.0
        print(f"  {who}: found in {sum(seen[who])} of {len(seen[who])} frames, "
              f"in plain view {sum(plain[who])} of {len(plain[who])}, median score {median:.2f}, "
              f"longest gap {longest_gap(plain[who])} frames")


def in_plain_view(person, targets):
    """Most of the person inside the frame and not hidden: wide and tall enough to be a person's outline."""
    whole, visible = boxes.area(targets)
    return visible >= PLAIN * whole and person["visible_px"] >= 0.2 * whole and targets[0, 0] > 2 and targets[0, 2] < 638


def longest_gap(hits):
    longest = run = 0
    for hit in hits:
        run = 0 if hit else run + 1
        longest = max(longest, run)
    return longest


if __name__ == "__main__":
    main()
