"""Let a committee of published detectors vote on the labels of a prepared split.

`vote` asks it (slow, once) and keeps what it found; `fuse` decides (fast, to be tried again with other thresholds):

- where the committee is sure of a person and no label is, the person is added;
- a label that it confirms is kept, and where it is sure, its box is drawn towards the committee's;
- a label that it does not confirm, and what is perhaps a person to it, become regions to ignore: they are
  neither a person nor background.
"""

import argparse
import json
import multiprocessing
from collections import Counter
from pathlib import Path

import numpy as np

import boxes
from pictures import Pictures
from teachers import Committee

KEEP = 0.05             # fused boxes under this score are not kept
# The fused score is the mean of six opinions, 0 from a member that finds nothing there. On `val` 0.35 has the best F1
# (precision 85 %, recall 71 % against its noisy labels), and 0.2 still shows 90 % of the people.
SURE, MAYBE, CONFIRMS = 0.35, 0.2, 0.12
CHUNK = 200             # pictures between two writes
SAME, LIKE = 0.55, 0.35   # overlap for "the same box", and for "speaks of this label"
TRUSTED = {"scenes", "hospital", "fall", "clinical", "rohith"}   # labels kept unconfirmed: lying, crowded, dark


def vote(split, cache, peers, workers):
    """Each process takes every n-th picture; what is voted on already is not asked again, so that a stopped run goes on."""
    with multiprocessing.Pool(workers) as pool:
        pool.starmap(vote_part, [(split, cache, peers, part, workers) for part in range(workers)])


def vote_part(split, cache, peers, part, parts):
    pictures, committee = Pictures(cache, split), Committee(peers)
    known = set(votes_of(split, cache))
    for chunk in chunked([i for i in range(part, len(pictures), parts) if str(pictures.records[i]["id"]) not in known]):
        found = {}
        for i in chunk:
            box, score = committee(pictures.pixels(i))
            keep = score >= KEEP
            found[pictures.records[i]["id"]] = np.round(np.column_stack([box, score])[keep], 3).tolist()
        (cache / f"{split}.votes-{chunk[0]}.json").write_text(json.dumps(found))
        print(f"{split}: part {part} of {parts} is at picture {chunk[-1]} of {len(pictures)}", flush=True)


def chunked(numbers):
    return [numbers[i:i + CHUNK] for i in range(0, len(numbers), CHUNK)]


def votes_of(split, cache):
    """Rows of box and score by the picture's id, from all parts."""
    votes = {}
    for path in sorted(cache.glob(f"{split}.votes-*.json")):
        votes.update(json.loads(path.read_text()))
    return votes


def fuse(split, cache):
    votes = votes_of(split, cache)
    if not votes:
        raise SystemExit(f"there are no votes on {split} in {cache}; run `teach.py vote` first")
    records = json.loads((cache / f"{split}.json").read_text())
    counts = {}
    for record in records:
        if str(record["id"]) in votes:
            count = counts.setdefault(record["set"], Counter())
            fuse_one(record, np.array(votes[str(record["id"])], np.float32).reshape(-1, 5), count)
    (cache / f"{split}.taught.json").write_text(json.dumps(records))
    for name, count in counts.items():
        print(f"{name:12}", "  ".join(f"{k} {count[k]}" for k in ("kept", "moved", "added", "doubted", "maybe")))


def fuse_one(record, vote, count):
    """Replace the boxes of one record by what labels and committee (rows of box and score) agree on."""
    label = np.array(record["boxes"], np.float32).reshape(-1, 4)
    crowd = list(record["crowd"])
    sure, score = vote[vote[:, 4] >= SURE, :4], vote[:, 4]
    overlap = boxes.iou(label, sure)
    confirmed = boxes.iou(label, vote[score >= CONFIRMS, :4]).max(1, initial=0) >= LIKE
    out, ignore, taken = [], [], set()
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
    for extra, extra_score in zip(vote[:, :4], score):
        if extra_score < MAYBE or known(extra, np.array(out, np.float32).reshape(-1, 4)):
            continue
        out.append(extra)
        ignore.append(int(extra_score < SURE))
        count["added" if extra_score >= SURE else "maybe"] += 1
    record["boxes"] = np.round(np.array(out, np.float32).reshape(-1, 4), 2).tolist()
    record["crowd"] = ignore


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
    p.add_argument("--workers", type=int, default=2, help="processes (vote)")
    a = p.parse_args()
    if a.step == "vote":
        vote(a.split, a.cache, a.peers, a.workers)
    else:
        fuse(a.split, a.cache)


if __name__ == "__main__":
    main()
