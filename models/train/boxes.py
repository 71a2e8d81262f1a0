"""Boxes as corners (x1, y1, x2, y2) in pixels: overlap, suppression and the letterbox. NumPy only, no files."""

import math

import numpy as np


def from_xywh(xywh):
    """COCO's x, y, width, height to corners."""
    b = np.asarray(xywh, np.float32).reshape(-1, 4).copy()
    b[:, 2:] += b[:, :2]
    return b


def area(b):
    return np.clip(b[:, 2] - b[:, 0], 0, None) * np.clip(b[:, 3] - b[:, 1], 0, None)


def intersection(a, b):
    """Overlapping area of every box of `a` with every box of `b`, shape [len(a), len(b)]."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    side = np.clip(high - low, 0, None)
    return side[..., 0] * side[..., 1]


def iou(a, b):
    """Intersection over union of every pair, shape [len(a), len(b)]."""
    both = intersection(a, b)
    return both / np.maximum(area(a)[:, None] + area(b)[None] - both, 1e-9)


def nms(b, score, threshold=0.6):
    """Indices of the boxes that survive greedy non-maximum suppression, best first."""
    order = np.argsort(-score, kind="stable")
    overlaps = iou(b[order], b[order]) > threshold
    alive = np.ones(len(order), bool)
    for i in range(len(order)):
        if alive[i]:
            alive[i + 1:] &= ~overlaps[i, i + 1:]
    return order[alive]


def letterbox(width, height, to_width, to_height, align="center"):
    """Scale and offsets (scale, x, y) that fit a picture into a canvas with its aspect kept.

    The drawn size is rounded to whole pixels and the offsets are rounded down, as the daemon does it.
    """
    scale = min(to_width / width, to_height / height)
    if align == "top_left":
        return scale, 0, 0
    x = (to_width - round(width * scale)) // 2
    y = (to_height - round(height * scale)) // 2
    return scale, x, y


def fitted(nominal, step, width, height):
    """The input (width, height), both multiples of `step`, in which a picture is largest for about the nominal area.

    The daemon's own rule (src/convert/fitted.rs): 5 % more area are allowed, and of inputs within 2 % of the largest scale the
    smallest is taken.
    """
    most = nominal[0] * nominal[1] * 105 // 100
    inputs = [nominal]
    for across in steps(math.sqrt(most * width / height), step):
        inputs += [(across, down) for down in steps(math.sqrt(most * height / width), step) if across * down <= most]
    scale = {size: min(size[0] * height, size[1] * width) for size in inputs}
    return min((size for size in inputs if scale[size] * 100 >= max(scale.values()) * 98), key=lambda size: size[0] * size[1])


def steps(side, step):
    """Multiples of `step` around a length."""
    whole = int(side / step)
    return [n * step for n in range(max(whole - 1, 1), whole + 2)]
