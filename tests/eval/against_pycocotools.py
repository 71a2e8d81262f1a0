#!/usr/bin/env python3
"""Compares every figure of `watchpost eval` with pycocotools, on the same boxes; ends with 1 when one is further off than 1e-4.

    watchpost eval --images DIR --annotations COCO.json --detections found.json --json > result.json
    tests/eval/against_pycocotools.py COCO.json found.json result.json

Needs `pip install pycocotools`. `--limit N` as it was given to eval.
"""

import argparse
import contextlib
import io
import json
import sys

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

# In the order of COCOeval.stats; None is a figure that eval does not give (fewer boxes a picture).
FIGURES = ["ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", None, None, "ar", "ar_small", "ar_medium", "ar_large"]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("annotations", "detections", "result"):
        arguments.add_argument(name)
    arguments.add_argument("--limit", type=int)
    arguments.add_argument("--tolerance", type=float, default=1e-4, help="largest difference; figures are in percent")
    arguments = arguments.parse_args()
    with open(arguments.result, encoding="utf-8") as file:
        result = json.load(file)
    judge = judged(arguments.annotations, arguments.detections, arguments.limit)
    rows = list(figures(judge, result["figures"])) + list(at_threshold(judge, result))
    print(f"{'figure':28} {'watchpost':>14} {'pycocotools':>14}")
    for name, ours, theirs in rows:
        print(f"{name:28} {shown(ours):>14} {shown(theirs):>14}")
    wrong = [name for name, ours, theirs in rows if differs(ours, theirs, arguments.tolerance)]
    if wrong:
        sys.exit(f"further off than {arguments.tolerance}: {', '.join(wrong)}")
    print(f"all {len(rows)} within {arguments.tolerance}")


def judged(annotations, detections, limit):
    """COCOeval of the class `person`, accumulated and summarised in silence."""
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(annotations)
        judge = COCOeval(truth, truth.loadRes(detections), "bbox")
        judge.params.catIds = truth.getCatIds(catNms=["person"])
        judge.params.imgIds = sorted(truth.getImgIds())[:limit]
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return judge


def figures(judge, ours):
    for name, theirs in zip(FIGURES, judge.stats):
        if name:
            # -1 means that nobody of this size was labelled.
            yield name, ours[name], None if theirs < 0 else 100 * float(theirs)


def at_threshold(judge, result):
    """What COCOeval matched at IoU 0.5 in people of all sizes, counted down to the threshold."""
    ours = result.get("at_threshold")
    if ours is None:
        return
    right = wrong = people = 0
    for image in judge.evalImgs:
        if image is None or image["aRng"] != judge.params.areaRng[0]:
            continue
        people += sum(not ignored for ignored in image["gtIgnore"])
        boxes = zip(image["dtScores"], image["dtMatches"][0], image["dtIgnore"][0])
        for score, match, ignored in boxes:
            if score >= ours["threshold"] and not ignored:
                right, wrong = right + (match > 0), wrong + (match == 0)
    yield "right at the threshold", ours["right"], right
    yield "wrong at the threshold", ours["wrong"], wrong
    yield "missed at the threshold", ours["missed"], people - right
    yield "precision", ours["precision"], percent(right, right + wrong)
    yield "recall", ours["recall"], percent(right, people)
    yield "F1", ours["f1"], percent(2 * right, right + wrong + people)


def percent(part, whole):
    return 100 * part / whole if whole else None


def differs(ours, theirs, tolerance):
    if ours is None or theirs is None:
        return ours is not theirs
    return abs(ours - theirs) > tolerance


def shown(value):
    return "–" if value is None else f"{value:.6f}"


if __name__ == "__main__":
    main()
