"""Watchpost against the loop that one would otherwise write, by turns, in processor time. Run it by against_python.sh.

Ours is `watchpost bench --processor-time`: the daemon's own flow. Theirs is below, in `Loop`: cvtColor, resize,
copyMakeBorder, blobFromImage, run, threshold; OpenCV on one thread. Both get the same four pictures of the built-in clip.

Counted on our side are decode, motion, convert, track and decide; on theirs only what leads to the model's input. Decoding
the model's answer counts as inference on both sides. So what is compared favours Python.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

CHECKOUT = Path(__file__).resolve().parent.parent
MODEL = CHECKOUT / "models" / "person"
CLIP = CHECKOUT / "tests" / "scenes" / "hall_two_people.avi"
# As in src/bench/frames.rs: so many pictures, so far apart.
KEPT, EVERY = 4, 10
WARM_UP = 10
OURS_OUTSIDE = ("decode", "motion", "convert", "track and decide")
IDLE_FPS = 15


def main():
    options = arguments()
    cv2.setNumThreads(1)
    pictures = pictures_of_clip(options.width, options.height)
    print(f"{options.rounds} rounds of {options.frames} frames by turns, {options.width}×{options.height}, one thread each;", end=" ")
    print(f"OpenCV {cv2.__version__}, ONNX Runtime {onnxruntime.__version__}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print("processor time, ms a frame, median of a round's frames, then median of the rounds (lowest to highest round)\n")
    results = {form: compare(form, pictures, options) for form in ("yuyv", "mjpeg")}
    for form, (ours, theirs) in results.items():
        print(told(form, ours, theirs))
    print(idle(results["yuyv"][0]))


def arguments():
    parser = argparse.ArgumentParser(description="Watchpost against a Python loop, in processor time.")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=720)
    parser.add_argument("--frames", type=int, default=200, help="of each side in each round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.width < 2 or options.width % 2 or options.height < 2 or options.height % 2:
        parser.error("width and height must be even and above zero")
    if options.frames < 1 or options.rounds < 1:
        parser.error("there must be a frame and a round")
    return options


def compare(form, pictures, options):
    """The rounds of both sides, ours and theirs by turns."""
    loop = Loop(form, pictures)
    loop.run(WARM_UP)
    rounds = [(watchpost(form, options), loop.run(options.frames)) for _ in range(options.rounds)]
    return [ours for ours, _ in rounds], [theirs for _, theirs in rounds]


def watchpost(form, options):
    """Medians of one round of the daemon's flow."""
    command = [os.environ["WATCHPOST"], "bench", "--json", "--processor-time", "--backend", "onnxruntime"]
    command += ["--model", str(MODEL / "manifest.toml"), "--clip", str(CLIP), "--format", form]
    command += ["--width", str(options.width), "--height", str(options.height), "--frames", str(options.frames)]
    ran = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if ran.returncode:
        sys.exit(f"against_python: {command[0]} bench ended with {ran.returncode}")
    figures = json.loads(ran.stdout)["variants"][0]["figures"]
    stages = {stage["name"]: stage["p50_ms"] for stage in figures["stages"]}
    outside = sum(stages[name] for name in OURS_OUTSIDE)
    return {**stages, "outside": outside, "inference": stages["detect"]}


class Loop:
    """What one writes in an afternoon, without anything that makes it slow on purpose."""

    def __init__(self, form, pictures):
        with open(MODEL / "manifest.toml", "rb") as file:
            manifest = tomllib.load(file)
        model, self.pad = manifest["input"], manifest["input"]["pad"]
        plain = set(model["mean"]) == {0.0} and set(model["std"]) == {1.0} and model["color"] == "rgb"
        if not plain or manifest["output"]["objectness"]:
            sys.exit("against_python: this loop is written for an RGB model without normalisation and objectness")
        self.size = (model["width"], model["height"])
        self.depth = cv2.CV_8U if model.get("dtype") == "u8" else cv2.CV_32F
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        file = str(MODEL / manifest["file"])
        self.session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        self.input, self.output = model["name"], manifest["output"]["names"][0]
        self.to_bgr = {"yuyv": from_yuyv, "mjpeg": from_jpeg}[form]
        self.frames = [{"yuyv": yuyv, "mjpeg": jpeg}[form](picture) for picture in pictures]

    def run(self, count):
        stages = [self.step(self.frames[i % len(self.frames)]) for i in range(count)]
        to_bgr, tensor, inference = (statistics.median(column) * 1e3 for column in zip(*stages))
        outside = statistics.median(a + b for a, b, _ in stages) * 1e3
        return {"to bgr": to_bgr, "to tensor": tensor, "outside": outside, "inference": inference}

    def step(self, frame):
        began = time.process_time()
        bgr = self.to_bgr(frame)
        decoded = time.process_time()
        tensor = self.tensor(bgr)
        converted = time.process_time()
        output = self.session.run([self.output], {self.input: tensor})[0]
        # The people are there; what follows in a real program is not counted.
        _people = output[0][output[0, :, 4] > 0.5]
        return decoded - began, converted - decoded, time.process_time() - converted

    def tensor(self, bgr):
        (width, height), (rows, columns) = self.size, bgr.shape[:2]
        scale = min(width / columns, height / rows)
        inner = (round(columns * scale), round(rows * scale))
        small = cv2.resize(bgr, inner, interpolation=cv2.INTER_LINEAR)
        left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
        right, bottom = width - inner[0] - left, height - inner[1] - top
        boxed = cv2.copyMakeBorder(small, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(self.pad,) * 3)
        return cv2.dnn.blobFromImage(boxed, swapRB=True, ddepth=self.depth)


def from_yuyv(frame):
    return cv2.cvtColor(frame, cv2.COLOR_YUV2BGR_YUY2)


def from_jpeg(frame):
    return cv2.imdecode(frame, cv2.IMREAD_COLOR)


def pictures_of_clip(width, height):
    """The pictures that `watchpost bench` takes: every tenth of the clip."""
    clip = cv2.VideoCapture(str(CLIP))
    pictures = []
    while len(pictures) < KEPT:
        for _ in range(EVERY if pictures else 1):
            there, picture = clip.read()
            if not there:
                sys.exit(f"against_python: {CLIP} has fewer pictures than expected, or OpenCV cannot read it")
        pictures.append(cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC))
    return pictures


def yuyv(bgr):
    """BT.601 in limited range, the chroma of every second pixel, as src/bench/frames.rs has it."""
    b, g, r = (bgr[:, :, i].astype(np.float32) for i in range(3))
    packed = np.empty((*bgr.shape[:2], 2), np.uint8)
    packed[:, :, 0] = np.rint(16 + 0.257 * r + 0.504 * g + 0.098 * b)
    packed[:, 0::2, 1] = np.rint(128 - 0.148 * r - 0.291 * g + 0.439 * b)[:, 0::2]
    packed[:, 1::2, 1] = np.rint(128 + 0.439 * r - 0.368 * g - 0.071 * b)[:, 0::2]
    return packed


def jpeg(bgr):
    encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
    return encoded.reshape(-1)


def told(form, ours, theirs):
    lines = [form.upper()]
    for name, rounds, outside in (("watchpost", ours, OURS_OUTSIDE), ("python", theirs, ("to bgr", "to tensor"))):
        parts = ", ".join(f"{part} {middle(rounds, part):.3f}" for part in outside)
        share = 100 * middle(rounds, "outside") / middle(rounds, "inference")
        lines.append(f"  {name:<10} outside inference {spread([r['outside'] for r in rounds], 3)} ({parts})")
        lines.append(f"  {'':<10} inference {spread([r['inference'] for r in rounds], 2)}; outside it is {share:.1f} % of it")
    ratios = [their["outside"] / our["outside"] for our, their in zip(ours, theirs)]
    lines.append(f"  ratio      python takes {spread(ratios, 2)} times as much outside inference\n")
    return "\n".join(lines)


def idle(ours):
    """What a camera costs that sees nothing: with the gate closed, and if every frame were converted all the same."""
    gate = [(our["decode"] + our["motion"]) * IDLE_FPS / 10 for our in ours]
    all_of_it = [(our["decode"] + our["motion"] + our["convert"]) * IDLE_FPS / 10 for our in ours]
    return (
        f"IDLE SCENE at {IDLE_FPS} frames a second of YUYV, share of one core\n"
        f"  gate closed {spread(gate, 2)} %; with every frame converted {spread(all_of_it, 2)} %"
    )


def middle(rounds, name):
    return statistics.median(each[name] for each in rounds)


def spread(values, digits):
    low, median, high = (f"{value:.{digits}f}" for value in (min(values), statistics.median(values), max(values)))
    return f"{median} ({low} to {high})"


if __name__ == "__main__":
    main()
