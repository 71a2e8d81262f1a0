#!/usr/bin/env python3
"""Compares every figure of `watchpost eval --tracking` with trackeval, on the same files; ends with 1 when one is further off
than 1e-6 (a share, so 1e-4 of a percent).

    watchpost eval --tracking GT.txt... --results TRACKS.txt... --json > result.json
    tests/tracking/against_trackeval.py --tracking GT.txt... --results TRACKS.txt... --json result.json

Needs `pip install -r tests/tracking/requirements.txt`.
"""

import argparse
import contextlib
import io
import json
import shutil
import sys
import tempfile
from pathlib import Path

import trackeval

# Ours, theirs, and what theirs is times.
FIGURES = [
    ("hota", "HOTA", "HOTA", 100), ("det_a", "HOTA", "DetA", 100), ("ass_a", "HOTA", "AssA", 100),
    ("loc_a", "HOTA", "LocA", 100), ("mota", "CLEAR", "MOTA", 100), ("motp", "CLEAR", "MOTP", 100),
    ("idf1", "Identity", "IDF1", 100), ("id_switches", "CLEAR", "IDSW", 1), ("false_positives", "CLEAR", "CLR_FP", 1),
    ("false_negatives", "CLEAR", "CLR_FN", 1), ("fragmentations", "CLEAR", "Frag", 1),
]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--tracking", nargs="+", required=True, type=Path)
    arguments.add_argument("--results", nargs="+", required=True, type=Path)
    arguments.add_argument("--json", required=True, type=Path)
    arguments.add_argument("--tolerance", type=float, default=1e-6)
    arguments = arguments.parse_args()
    ours = json.loads(arguments.json.read_text(encoding="utf-8"))
    theirs = judged(arguments.tracking, arguments.results)
    parts = list(zip(arguments.tracking, ours["sequences"], theirs[:-1])) + [("total", ours["total"], theirs[-1])]
    wrong = worst = count = 0
    for name, mine, other in parts:
        print(name)
        for key, family, field, times in FIGURES:
            value = other[family][field]
            value = float(value.mean() if hasattr(value, "mean") else value)
            off = abs(mine[key] / times - value)
            worst, count = max(worst, off), count + 1
            wrong += off > arguments.tolerance
            print(f"  {key:16} {mine[key]:16.8f} {times * value:16.8f}{'  differs' if off > arguments.tolerance else ''}")
    if wrong:
        sys.exit(f"{wrong} of {count} further off than {arguments.tolerance}")
    print(f"all {count} within {arguments.tolerance}; the worst is off by {worst:.1e}")


def judged(truth, results):
    """What trackeval says of each sequence, and of all together."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        dataset, names = laid_out(Path(folder), truth, results)
        metrics = [trackeval.metrics.HOTA(), trackeval.metrics.CLEAR(), trackeval.metrics.Identity()]
        each = []
        for name in names:
            raw = dataset.get_raw_seq_data("answer", name)
            data = dataset.get_preprocessed_seq_data(raw, "pedestrian")
            each.append({metric.get_name(): metric.eval_sequence(data) for metric in metrics})
        total = {}
        for metric in metrics:
            of_metric = {name: one[metric.get_name()] for name, one in zip(names, each)}
            total[metric.get_name()] = metric.combine_sequences(of_metric)
    return each + [total]


def laid_out(folder, truth, results):
    """The files where trackeval looks for them."""
    lengths = {}
    for number, (gt, tracks) in enumerate(zip(truth, results, strict=True)):
        name = f"sequence-{number}"
        for source, target in [(gt, folder / "gt" / name / "gt" / "gt.txt"), (tracks, folder / "trackers" / "answer" / "data" / f"{name}.txt")]:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
        lines = gt.read_text().splitlines() + tracks.read_text().splitlines()
        lengths[name] = max(int(line.split(",")[0]) for line in lines)
    dataset = trackeval.datasets.MotChallenge2DBox({
        "GT_FOLDER": str(folder / "gt"), "TRACKERS_FOLDER": str(folder / "trackers"), "TRACKERS_TO_EVAL": ["answer"],
        "SEQ_INFO": lengths, "SKIP_SPLIT_FOL": True, "PRINT_CONFIG": False,
    })
    return dataset, list(lengths)


if __name__ == "__main__":
    main()
