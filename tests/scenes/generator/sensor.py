"""Takes a clean picture, gives what a cheap camera would.

That is lens blur, vignette, noise and a sharpening halo.
"""

import cv2
import numpy as np

STRENGTH = 0.28  # of a small sensor's noise; more would cost bytes and hide nothing from a detector


def sense(picture, rng, night=False):
    """BGR 0-255 float in, BGR uint8 out. Shot, read and chroma noise come from `rng`."""
    f = picture / 255
    if night:
        f = np.repeat(cv2.cvtColor(f.astype(np.float32), cv2.COLOR_BGR2GRAY)[..., None], 3, 2)
    h, w = f.shape[:2]
    f = cv2.GaussianBlur(f, (0, 0), 0.65)
    y, x = np.mgrid[0:h, 0:w]
    f = f * (1 - 0.22 * ((x - w / 2) ** 2 + (y - h / 2) ** 2) / (w * w / 4))[..., None]
    grain = rng.normal(size=(h, w)) * np.sqrt(0.00004 + 0.00028 * f.mean(2)) * 1.4
    grain = cv2.GaussianBlur(grain, (0, 0), 0.6)[..., None]
    colour = 0 if night else 0.012 * cv2.GaussianBlur(rng.normal(size=(h, w, 3)), (0, 0), 1.2)
    f = f + STRENGTH * (grain * (2 if night else 1) + colour)
    f = f + 0.35 * (f - cv2.GaussianBlur(f, (0, 0), 1.3))
    return (np.clip(f, 0, 1) * 255 + 0.5).astype(np.uint8)
