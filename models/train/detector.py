"""Run an exported model from its manifest, as the daemon does: picture in, boxes and scores in the picture's pixels out."""

import functools
import tomllib
from pathlib import Path

import cv2
import numpy as np

import boxes
from teachers import session

CANDIDATES = 400        # rows that go into the suppression, best first; matters at thresholds far below 0.1 only


class Detector:
    def __init__(self, manifest, threads=1):
        manifest = Path(manifest)
        self.manifest = tomllib.loads(manifest.read_text())
        self.input, self.output = self.manifest["input"], self.manifest["output"]
        self.session = session(manifest.parent / self.manifest["file"], threads)

    def size(self, width, height):
        """Of the input for a picture of this size."""
        nominal = (self.input["width"], self.input["height"])
        step = self.input.get("multiple_of")
        return boxes.fitted(nominal, step, width, height) if step else nominal

    @functools.cache
    def grid(self, size):
        """Column, row and stride of every output row."""
        width, height = size
        return np.concatenate([
            np.stack([*np.meshgrid(np.arange(width // s), np.arange(height // s)),
                      np.full((height // s, width // s), s)], -1).reshape(-1, 3)
            for s in self.output["strides"]]).astype(np.float32)

    def tensor(self, rgb):
        """The letterboxed picture as the network wants it, and how to get back."""
        height, width = rgb.shape[:2]
        size = self.size(width, height)
        scale, x, y = boxes.letterbox(width, height, *size, self.input["align"])
        shrink = cv2.INTER_AREA if scale < 0.6 else cv2.INTER_LINEAR
        small = cv2.resize(rgb, (round(width * scale), round(height * scale)), interpolation=shrink)
        canvas = np.full((size[1], size[0], 3), self.input["pad"], np.uint8)
        canvas[y:y + small.shape[0], x:x + small.shape[1]] = small
        if self.input.get("dtype") == "u8":
            values = canvas
        else:
            values = (canvas.astype(np.float32) - np.float32(self.input["mean"])) / np.float32(self.input["std"])
        return np.ascontiguousarray(values.transpose(2, 0, 1)[None]), (scale, x, y)

    def __call__(self, rgb, threshold=0.5, most=100):
        tensor, (scale, x, y) = self.tensor(np.ascontiguousarray(rgb))
        rows = self.session.run(self.output["names"], {self.input["name"]: tensor})[0][0]
        best = np.argsort(-rows[:, 4])[:CANDIDATES]
        best = best[rows[best, 4] >= threshold]
        rows, cell = rows[best], self.grid(tensor.shape[:1:-1])[best]
        centre = (rows[:, :2] + cell[:, :2]) * cell[:, 2:]
        half = np.exp(rows[:, 2:4]) * cell[:, 2:] / 2
        box = (np.concatenate([centre - half, centre + half], 1) - [x, y, x, y]) / scale
        box = np.clip(box, 0, [rgb.shape[1], rgb.shape[0]] * 2)
        keep = boxes.nms(box, rows[:, 4], self.output["nms_iou"])[:most]
        return box[keep], rows[keep, 4]
