#!/usr/bin/env python3
"""Compares Watchpost's tracker with published ones on the same boxes, and prints the tables of docs/tracking.md; ends with 1
where one of the others has a higher HOTA or IDF1, or fewer switches at as many people told, over
all crowds together or over the recorded scenes.

    cargo run --release --example crowd -- OUT_DIR
    tests/tracking/against_trackers.py OUT_DIR --watchpost target/release/watchpost

Needs `pip install -r tests/tracking/requirements.txt`. Scores of 0.5 and above are strong for everybody, a lost person is waited for as
long by everybody (3.5 s), and the others tell everybody from the first sight, which is better for each of them than the two or
three sights that they ship with (up to 17 HOTA); all else is as their authors ship it. Frames behind the motion gate are given to
them as frames without boxes, which suits them better than leaving them out: they count in frames. Watchpost runs with its
default configuration, and once more with `confirm_hits = 2`, on about the others' terms.
"""

import argparse
import json
import logging
import subprocess
import sys
import warnings
from pathlib import Path

import ioutrack
import numpy as np
import supervision
from trackers import ByteTrackTracker, OCSORTTracker, SORTTracker

STRONG = 0.5
WAIT_S = 3.5


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--watchpost", required=True)
    arguments = arguments.parse_args()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    films = sorted(path.parent for path in arguments.folder.glob("*/film.json"))
    names = sorted({film.name.rsplit("_", 1)[0] for film in films})
    crowds = [name for name in names if name.endswith("fps")]
    scenes = [name for name in names if name not in crowds]
    trackers = [*OURS, *OTHERS]
    for film in films:
        about = json.loads((film / "film.json").read_text())
        for name, more in OURS.items():
            follow(arguments.watchpost, film, about, film / f"{name}.txt", more)
        for name, make in OTHERS.items():
            run(make(about["fps"]), film, about, film / f"{name}.txt")
    totals = {}
    for title, group in [("all crowds", crowds), ("recorded scenes", scenes)] + [(name, [name]) for name in names]:
        of_group = [film for film in films if film.name.rsplit("_", 1)[0] in group]
        print(f"\n{title} ({len(of_group)} films)\n")
        print("| tracker | HOTA | DetA | AssA | IDF1 | MOTA | switches | wrong | missed |")
        print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
        for tracker in trackers:
            figures = score(arguments.watchpost, of_group, tracker)
            totals[title, tracker] = figures
            shares = " | ".join(f"{figures[key]:.1f}" for key in ("hota", "det_a", "ass_a", "idf1", "mota"))
            counts = " | ".join(str(figures[key]) for key in ("id_switches", "false_positives", "false_negatives"))
            print(f"| {tracker} | {shares} | {counts} |")
    worse = []
    for title in ("all crowds", "recorded scenes"):
        for tracker, ours in ((tracker, totals[title, ours]) for tracker in OTHERS for ours in OURS):
            other = totals[title, tracker]
            worse += [f"{title}: {key} of {tracker}" for key in ("hota", "idf1") if other[key] > ours[key]]
            if other["id_switches"] < ours["id_switches"] and other["false_negatives"] <= ours["false_negatives"]:
                worse.append(f"{title}: switches of {tracker}")
    if worse:
        sys.exit("better than ours: " + ", ".join(worse))
    print("\nnone is better")


def follow(watchpost, film, about, out, more):
    """Our tracker, through the command line."""
    width, height = about["size"]
    command = [watchpost, "eval", "--tracking", film / "gt.txt", "--boxes", film / "det.txt", "--tracks", out,
               "--frame-size", f"{width}x{height}", "--fps", str(about["fps"]), "--threshold", str(STRONG)]
    subprocess.run(command + more + ["--gated"] * about["gated"], check=True, stdout=subprocess.DEVNULL)


def score(watchpost, films, tracker):
    command = [watchpost, "eval", "--json", "--tracking", *(film / "gt.txt" for film in films)]
    command += ["--results", *(film / f"{tracker}.txt" for film in films)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["total"]


# Ours, and what else the command line is given.
OURS = {"watchpost": [], "watchpost, confirm_hits = 2": ["--confirm-hits", "2"]}


class Roboflow:
    """A tracker of the package `trackers`."""

    def __init__(self, kind, fps, strong_only=False, **more):
        # The buffer is in frames of 30 a second.
        self.tracker = kind(lost_track_buffer=round(30 * WAIT_S), frame_rate=fps, minimum_consecutive_frames=1, **more)
        self.least = STRONG if strong_only else 0.0

    def update(self, corners, scores):
        used = scores >= self.least
        found = supervision.Detections(xyxy=corners[used], confidence=scores[used], class_id=np.zeros(used.sum(), int))
        told = self.tracker.update(found)
        ids = told.tracker_id if told.tracker_id is not None else []
        return [(int(number), box) for number, box in zip(ids, told.xyxy) if number >= 0]


class IouTrack:
    """A tracker of the package `ioutrack`."""

    def __init__(self, tracker, strong_only=False):
        self.tracker = tracker
        self.least = STRONG if strong_only else 0.0

    def update(self, corners, scores):
        used = scores >= self.least
        boxes = np.concatenate([corners, scores[:, None]], axis=1)[used].astype(np.float32)
        return [(int(row[-1]), row[:4]) for row in self.tracker.update(boxes, return_all=False)]


OTHERS = {
    "SORT (trackers)": lambda fps: Roboflow(SORTTracker, fps, strong_only=True, track_activation_threshold=STRONG),
    "ByteTrack (trackers)": lambda fps: Roboflow(
        ByteTrackTracker, fps, track_activation_threshold=STRONG, high_conf_det_threshold=STRONG),
    "OC-SORT (trackers)": lambda fps: Roboflow(OCSORTTracker, fps, high_conf_det_threshold=STRONG),
    "SORT (ioutrack)": lambda fps: IouTrack(
        ioutrack.Sort(max_age=round(WAIT_S * fps), min_hits=1, init_tracker_min_score=STRONG), strong_only=True),
    "ByteTrack (ioutrack)": lambda fps: IouTrack(ioutrack.ByteTrack(
        max_age=round(WAIT_S * fps), min_hits=1, init_tracker_min_score=STRONG, high_score_threshold=STRONG, low_score_threshold=0.1)),
}


def run(tracker, film, about, out):
    looked_at = set(about["frames"])
    found = {}
    for line in (film / "det.txt").read_text().splitlines():
        frame, _, left, top, width, height, confidence = map(float, line.split(","))
        found.setdefault(int(frame), []).append([left, top, left + width, top + height, confidence])
    lines = []
    for frame in range(1, max(looked_at) + 1):
        boxes = np.array(found.get(frame, []), float).reshape(-1, 5)
        told = tracker.update(boxes[:, :4], boxes[:, 4])
        if frame in looked_at:
            lines += [f"{frame},{number},{box[0]:.2f},{box[1]:.2f},{box[2] - box[0]:.2f},{box[3] - box[1]:.2f},1\n"
                      for number, box in told]
    out.write_text("".join(lines))


if __name__ == "__main__":
    main()
