"""Upright things that are nobody: bottles, vases, posts, lamps, bins, drawn as turned on a lathe and put into training views.

What a network has not seen it takes for what looks most alike: an upright shape that is narrower at its upper end was a person to
0.4.0, which fired on nine of ten frames of a film of bottles. Photographs of such things are rare in the data; here each is
a random outline about an axis, shaded like something round, with bands of another colour, gloss, and sometimes of glass.
"""

import cv2
import numpy as np

MOST = 4                # things in one view
HIDES_MOST = 0.25       # share of a person that a thing may hide


def put(rgb, box, rng):
    """The picture with one to four things in it, none of which hides much of the people in `box`."""
    out = rgb.copy()
    height, width = rgb.shape[:2]
    same = rng.random() < 0.4       # a row of the same thing
    shape, skin = outline(rng), colours(rng)
    for _ in range(rng.integers(1, MOST + 1)):
        if not same:
            shape, skin = outline(rng), colours(rng)
        tall = height * np.exp(rng.uniform(np.log(0.08), np.log(0.9)))
        wide = tall * rng.uniform(0.16, 0.5)
        x, y = rng.uniform(0, width - wide), rng.uniform(0, height - tall * 0.6)
        if hides([x, y, x + wide, y + tall], box) <= HIDES_MOST:
            paint(out, (int(x), int(y), max(3, int(wide)), max(6, int(tall))), shape, skin, rng)
    return out


def outline(rng):
    """Radius from the upper end to the lower, 0–1, at 64 places: narrow above more often than below."""
    knots = rng.integers(3, 8)
    radius = rng.uniform(0.35, 1.0, knots)
    if rng.random() < 0.7:
        radius[0] *= rng.uniform(0.2, 0.8)
    if rng.random() < 0.3:
        radius[:] = radius[-1]      # a post, a can
    at = np.linspace(0, 1, 64)
    smooth = np.interp(at, np.sort(np.r_[0, rng.uniform(0, 1, knots - 2), 1]), radius).astype(np.float32)
    if rng.random() < 0.7:
        smooth = cv2.GaussianBlur(smooth[:, None], (1, 9), 0, borderType=cv2.BORDER_REPLICATE)[:, 0]
    return smooth / smooth.max()


def colours(rng):
    """RGB at the 64 places: one colour, or bands; dull more often than bright."""
    def colour():
        grey = rng.uniform(20, 235)
        return np.clip(grey + rng.uniform(-1, 1, 3) * rng.choice([10, 30, 90]), 0, 255)
    skin = np.tile(colour(), (64, 1))
    for _ in range(rng.integers(0, 4)):
        start, end = np.sort(rng.integers(0, 65, 2))
        skin[start:end] = colour()
    return skin.astype(np.float32)


def paint(out, place, shape, skin, rng):
    x, y, wide, tall = place
    top, left = max(y, 0), max(x, 0)
    window = out[top:y + tall, left:x + wide]
    rows = (np.arange(top, top + window.shape[0]) - y) / tall * 63
    columns = np.arange(left, left + window.shape[1]) - x + 0.5
    radius = np.interp(rows, np.arange(64), shape) * wide / 2
    lean = rng.uniform(-0.15, 0.15) * (rows / 63 - 0.5)[:, None] * wide
    across = (columns[None] - wide / 2 - lean) / np.maximum(radius, 0.5)[:, None]
    light = rng.uniform(-0.8, 0.8)
    facing = np.sqrt(np.clip(1 - across ** 2, 0, 1))
    shade = rng.uniform(0.25, 0.8) + rng.uniform(0.2, 0.7) * (facing * np.sqrt(1 - light ** 2) + across * light)
    surface = skin[np.clip(rows.astype(int), 0, 63)][:, None] * shade[..., None]
    surface += rng.standard_normal(shade.shape + (1,)) * rng.uniform(0, 9)
    if rng.random() < 0.5:          # gloss
        surface += (200 * np.exp(-((across - light) / rng.uniform(0.05, 0.2)) ** 2))[..., None]
    solid = 1.0 if rng.random() < 0.7 else rng.uniform(0.35, 0.9)
    edge = np.clip((1 - np.abs(across)) * radius[:, None], 0, 1)[..., None] * solid
    window[:] = np.clip(window * (1 - edge) + surface * edge, 0, 255).astype(np.uint8)


def hides(thing, box):
    """The largest share of anybody that lies behind the thing."""
    if not len(box):
        return 0.0
    sides = np.minimum(box[:, 2:], thing[2:]) - np.maximum(box[:, :2], thing[:2])
    area = np.maximum((box[:, 2:] - box[:, :2]).prod(1), 1e-6)
    return float((sides.clip(0).prod(1) / area).max())
