"""Turn labelled pictures into training samples: random views, four at a time, and the faults of real cameras.

Everything takes and gives RGB bytes, corner boxes and a kind for each box (PERSON or IGNORE).
"""

import math

import cv2
import numpy as np

import boxes

PERSON, IGNORE = 1, 2
PAD = 114
SMALLEST = 5            # pixels of height under which a person is a region to ignore
VISIBLE = 0.3           # share of a person left in view, under which the rest is a region to ignore


def view(rgb, box, kind, size, zoom, square_stretched, rng):
    """One picture drawn into a canvas of (height, width) at a random scale, place, aspect and mirroring."""
    height, width = size
    h, w = rgb.shape[:2]
    # Most publishers squeezed 16:9 and 4:3 into a square: half of the time it is pulled apart again.
    widen = math.exp(rng.uniform(0, math.log(1.78))) if square_stretched and rng.random() < 0.6 else 1.0
    widen *= math.exp(rng.uniform(-0.1, 0.1))
    scale = min(width / (w * widen), height / h) * math.exp(rng.uniform(*np.log(zoom)))
    sx, sy = scale * widen, scale
    mirror = rng.random() < 0.5
    x = place(width - w * sx, rng)
    y = place(height - h * sy, rng)
    matrix = np.array([[-sx if mirror else sx, 0, x + (w * sx if mirror else 0)], [0, sy, y]])
    if max(sx, sy) < 0.6:   # averaging first avoids the flicker of skipped pixels
        f = max(sx, sy)
        rgb = cv2.resize(rgb, (max(1, round(w * f)), max(1, round(h * f))), interpolation=cv2.INTER_AREA)
        draw = matrix @ np.diag([w / rgb.shape[1], h / rgb.shape[0], 1])
    else:
        draw = matrix
    out = cv2.warpAffine(rgb, draw, (width, height), flags=cv2.INTER_LINEAR,
                         borderMode=cv2.BORDER_CONSTANT, borderValue=(PAD, PAD, PAD))
    moved = box[:, [2, 1, 0, 3]] if mirror else box
    moved = moved * [matrix[0, 0], sy, matrix[0, 0], sy] + [matrix[0, 2], y, matrix[0, 2], y]
    return (out, *cut(moved.astype(np.float32), kind, width, height))


def place(room, rng):
    """An offset that keeps the picture inside the canvas, or the canvas inside the picture, more often centred."""
    return room / 2 if rng.random() < 0.3 else room * rng.random()


def cut(box, kind, width, height):
    """Clip boxes to the canvas; what is too small or mostly gone is ignored, what is wholly gone is dropped."""
    clipped = np.clip(box, 0, [width, height, width, height])
    left = boxes.area(clipped) / np.maximum(boxes.area(box), 1e-6)
    tall, wide = clipped[:, 3] - clipped[:, 1], clipped[:, 2] - clipped[:, 0]
    kind = np.where((left < VISIBLE) | (tall < SMALLEST) | (wide < 3), IGNORE, kind)
    keep = (left > 0.02) & (tall > 1) & (wide > 1)
    return clipped[keep], kind[keep]


def mosaic(draw, size, rng):
    """Four pictures around a random point. `draw(size, zoom)` gives a view of a random picture."""
    height, width = size
    cx = int(width * rng.uniform(0.3, 0.7))
    cy = int(height * rng.uniform(0.3, 0.7))
    canvas = np.empty((height, width, 3), np.uint8)
    all_boxes, all_kinds = [], []
    for x1, y1, x2, y2 in ((0, 0, cx, cy), (cx, 0, width, cy), (0, cy, cx, height), (cx, cy, width, height)):
        part, box, kind = draw((y2 - y1, x2 - x1), (0.9, 2.2))
        canvas[y1:y2, x1:x2] = part
        all_boxes.append(box + [x1, y1, x1, y1])
        all_kinds.append(kind)
    return canvas, np.concatenate(all_boxes).astype(np.float32), np.concatenate(all_kinds)


def camera_faults(rgb, rng):
    """Things in the way, light, colour, infra-red grey, darkness, blur, noise and compression."""
    x = hidden(rgb, rng) if rng.random() < 0.12 else rgb
    if rng.random() < 0.2:
        grey = cv2.cvtColor(x, cv2.COLOR_RGB2GRAY)
        x = np.repeat(grey[..., None], 3, 2)
    elif rng.random() < 0.3:
        hsv = cv2.cvtColor(x, cv2.COLOR_RGB2HSV).astype(np.int16)
        hsv[..., 0] = (hsv[..., 0] + rng.integers(-9, 10)) % 180
        hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(0.4, 1.5), 0, 255)
        x = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB)
    if rng.random() < 0.6:
        x = cv2.LUT(x, tone(rng, dark=rng.random() < 0.15))
    if rng.random() < 0.18:
        side = int(rng.choice([3, 5, 7]))
        x = cv2.GaussianBlur(x, (side, side), 0) if rng.random() < 0.4 else cv2.filter2D(x, -1, streak(rng))
    if rng.random() < 0.13:
        noise = rng.standard_normal(x.shape[:2] + (1,), dtype=np.float32) * rng.uniform(3, 18)
        x = np.clip(x + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.06:
        _, jpeg = cv2.imencode(".jpg", x, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 70))])
        x = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    return x


def hidden(rgb, rng):
    """Leaves, posts, dirt on the lens: patches of one colour each over a twentieth to a fifth of the picture, or so."""
    height, width = rgb.shape[:2]
    out, wanted = rgb.copy(), rng.uniform(0.02, 0.22) * height * width
    while wanted > 0:
        h, w = (int(side * rng.uniform(0.02, 0.12)) + 1 for side in (height, width))
        if rng.random() < 0.15:     # a post or a rail
            h, w = (height, max(2, w // 3)) if rng.random() < 0.6 else (max(2, h // 3), width // 2)
        y, x = int(rng.integers(0, height)), int(rng.integers(0, width))
        out[y:y + h, x:x + w] = rng.integers(0, 256) if rng.random() < 0.3 else rng.integers(0, 256, 3)
        wanted -= h * w
    return out


def streak(rng):
    """The kernel of a motion by 3 to 12 pixels in any direction."""
    length = int(rng.integers(3, 13))
    kernel = np.zeros((length, length), np.float32)
    middle, angle = (length - 1) / 2, rng.uniform(0, math.pi)
    for step in np.linspace(-middle, middle, 2 * length):
        kernel[round(middle + step * math.sin(angle)), round(middle + step * math.cos(angle))] = 1
    return kernel / kernel.sum()


def tone(rng, dark):
    """A table from byte to byte: gamma, contrast, brightness; a dark one for cameras at night."""
    v = (np.arange(256) / 255) ** math.exp(rng.uniform(-0.4, 0.4))
    v = (v - 0.5) * rng.uniform(0.7, 1.3) + 0.5 + rng.uniform(-0.12, 0.12)
    if dark:
        v = v * rng.uniform(0.2, 0.6)
    return np.clip(v * 255, 0, 255).astype(np.uint8)
