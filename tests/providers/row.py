"""One row of the table of tests/providers/run.sh: a provider beside the CPU provider of the same library."""

import json
import sys

# Another order of additions moves a score in its third decimal; INT8 models round it in steps of a hundredth or so.
SCORE_MAX = {"person": 0.05, "person-fp32": 0.01}
IOU_MIN = 0.9
# Below this score a person is not told of anyway, and may be found by one and missed by the other.
SCORE_FLOOR = 0.3


def iou(a, b):
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    area = lambda box: (box[2] - box[0]) * (box[3] - box[1])
    return width * height / (area(a) + area(b) - width * height)


def compare(cpu, other):
    """People of both, and the largest differences of score and box; None where somebody is missing."""
    people, score, overlap = 0, 0.0, 1.0
    for one, two in zip(cpu["images"], other["images"], strict=True):
        left = list(two["people"])
        for person in one["people"]:
            match = max(left, key=lambda found: iou(person["box"], found["box"]), default=None)
            if match is None or iou(person["box"], match["box"]) < 0.5:
                if person["score"] < SCORE_FLOOR:
                    continue
                return None
            left.remove(match)
            people += 1
            score = max(score, abs(person["score"] - match["score"]))
            overlap = min(overlap, iou(person["box"], match["box"]))
        if any(person["score"] >= SCORE_FLOOR for person in left):
            return None
    return people, score, overlap


def inference(variant):
    stages = {stage["name"]: stage for stage in variant["figures"]["stages"]}
    return f"{stages['detect']['p50_ms']:.1f} ms"


def main():
    provider, model = sys.argv[1:3]
    cpu, other, bench = (json.load(open(path)) for path in sys.argv[3:6])
    placement = {entry["name"]: entry for entry in other["placement"]}
    took, rest = placement[provider], placement.get("cpu", {}).get("nodes")
    if took.get("nodes") is None:
        nodes = "it ran; how many is not told"
    else:
        nodes = f"{took['nodes']} of {took['nodes'] + (rest or 0)}"
    same = compare(cpu, other)
    if same is None:
        found, difference = "**not the same people**", "–"
    else:
        people, score, overlap = same
        found, difference = f"the same {people}", f"score {score:.4f}, boxes share {overlap:.3f}"
    engine = other["engine"].split(" (")[0]
    variants = bench["variants"]
    row = [provider, engine, model, nodes, *map(inference, variants), found, difference]
    print("| " + " | ".join(row) + " |")
    good = same and took["registered"] and took.get("nodes") != 0
    sys.exit(0 if good and same[1] <= SCORE_MAX[model] and same[2] >= IOU_MIN else 1)


main()
