"""Let two families of published detectors vote on the labels of a prepared split.

`vote` runs them (slow, once) and keeps what they found; `fuse` decides (fast, to be tried again with other thresholds):

- both families sure of a person where no label is: the person is added;
- a label that some teacher confirms is kept, and where both families are sure, its box becomes the mean of all;
- a label that nobody confirms, and what is perhaps a person to them, become regions to ignore: they are
  neither a person nor background.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np

import boxes
from pictures import Pictures
from teachers import Deim, RtmDet

KEEP = 0.05             # teachers' boxes under this score are not kept
# Scores are the mean of the two families', 0 for one that finds nothing there. RTMDet-nano gives real people 0.3 at the
# median, DEIMv2-femto 0.4; alone, each fires on things in every third picture at such a score.
BOTH, SURE = 0.28, 0.38   # each of the two, and their mean: a person
MAYBE = 0.22              # their mean: perhaps a person
SAME, LIKE = 0.55, 0.35   # overlap for "the same box", and for "speaks of this label"
TRUSTED = {"scenes", "hospital", "fall", "clinical", "rohith"}   # labels kept unconfirmed: lying, crowded, dark


def vote(split, cache, peers, part, parts):
    pictures = Pictures(cache, split)
    members = [[RtmDet(peers / "rtmdet_nano_person.onnx", side) for side in (416, 640)],
               [Deim(peers / "deimv2_femto_416.onnx")]]
    found = {}
    for i in range(part, len(pictures), parts):
        rgb = pictures.pixels(i)
        found[pictures.records[i]["id"]] = [family_opinion(family, rgb) for family in members]
    (cache / f"{split}.votes-{part}.json").write_text(json.dumps(found))


def family_opinion(family, rgb):
    """One list of x1, y1, x2, y2, score for the members of a family."""
    answers = [member(rgb) for member in family]
    b, score = (np.concatenate(parts) for parts in zip(*answers))
    b, score = b[score >= KEEP], score[score >= KEEP]
    keep = boxes.nms(b, score, 0.6)
    return np.round(np.column_stack([b, score])[keep], 3).tolist()


def fuse(split, cache):
    votes = {}
    for path in sorted(cache.glob(f"{split}.votes-*.json")):
        votes.update(json.loads(path.read_text()))
    records = json.loads((cache / f"{split}.json").read_text())
    counts = {}
    for record in records:
        if str(record["id"]) in votes:
            count = counts.setdefault(record["set"], Counter())
            fuse_one(record, *(np.array(v, np.float32).reshape(-1, 5) for v in votes[str(record["id"])]), count)
    (cache / f"{split}.taught.json").write_text(json.dumps(records))
    for name, count in counts.items():
        print(f"{name:12}", "  ".join(f"{k} {count[k]}" for k in ("kept", "moved", "added", "doubted", "maybe")))


def fuse_one(record, first, second, count):
    """Replace the boxes of one record by what labels and teachers agree on."""
    label = np.array(record["boxes"], np.float32).reshape(-1, 4)
    crowd = list(record["crowd"])
    sure, unsure = agreed(first, second)
    every = np.concatenate([first, second])[:, :4]
    out, ignore = [], []
    overlap = boxes.iou(label, sure)
    confirmed = boxes.iou(label, every).max(1, initial=0) >= LIKE
    taken = set()
    for i, box in enumerate(label):
        j = int(overlap[i].argmax()) if len(sure) else -1
        if j >= 0 and overlap[i, j] >= SAME and j not in taken and not crowd[i]:
            taken.add(j)
            box = (box + 2 * sure[j]) / 3
            count["moved"] += 1
        elif not crowd[i] and not confirmed[i] and record["set"] not in TRUSTED:
            crowd[i] = 1
            count["doubted"] += 1
        else:
            count["kept"] += 1
        out.append(box)
        ignore.append(crowd[i])
    for extra, is_sure in [(b, True) for b in sure] + [(b, False) for b in unsure]:
        if known(extra, np.array(out, np.float32).reshape(-1, 4)):
            continue
        out.append(extra)
        ignore.append(0 if is_sure else 1)
        count["added" if is_sure else "maybe"] += 1
    record["boxes"] = np.round(np.array(out, np.float32).reshape(-1, 4), 2).tolist()
    record["crowd"] = ignore


def agreed(first, second):
    """Boxes of which both families are sure (their mean), and those that are perhaps a person."""
    overlap = boxes.iou(first[:, :4], second[:, :4])
    sure, maybe, alone = [], [], np.ones(len(second), bool)
    for i in np.argsort(-first[:, 4]):
        j = int((overlap[i] * alone).argmax()) if len(second) else -1
        if j < 0 or not alone[j] or overlap[i, j] < SAME:
            maybe.append((*first[i, :4], first[i, 4] / 2))
            continue
        alone[j] = False
        mean = (first[i] + second[j]) / 2
        both = min(first[i, 4], second[j, 4]) >= BOTH and mean[4] >= SURE
        (sure if both else maybe).append(mean)
    maybe += [(*b[:4], b[4] / 2) for b in second[alone]]
    sure, maybe = (np.array(found, np.float32).reshape(-1, 5) for found in (sure, maybe))
    maybe = maybe[maybe[:, 4] >= MAYBE]
    maybe = maybe[boxes.nms(maybe[:, :4], maybe[:, 4], 0.5), :4]
    return sure[:, :4], maybe[boxes.iou(maybe, sure[:, :4]).max(1, initial=0) < 0.5]


def known(box, others):
    """Whether the box is there already, whole or as a part of a bigger one (labels of groups)."""
    if not len(others):
        return False
    covered = boxes.intersection(box[None], others)[0] / max(boxes.area(box[None])[0], 1e-9)
    return bool((boxes.iou(box[None], others)[0] >= LIKE).any() or (covered >= 0.9).any())


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("step", choices=["vote", "fuse"])
    p.add_argument("--cache", type=Path, required=True)
    p.add_argument("--split", default="train")
    p.add_argument("--peers", type=Path, help="folder with the teachers' ONNX files (vote)")
    p.add_argument("--part", type=int, default=0, help="which part of the pictures (vote), from 0")
    p.add_argument("--parts", type=int, default=1, help="of how many, to run several at once")
    a = p.parse_args()
    if a.step == "vote":
        vote(a.split, a.cache, a.peers, a.part, a.parts)
    else:
        fuse(a.split, a.cache)


if __name__ == "__main__":
    main()
