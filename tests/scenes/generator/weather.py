"""Takes a clean picture, gives it with rain between the lens and the scene."""

import cv2
import numpy as np

FAR, NEAR = 240, 7  # drops in a frame: those that make the grain of rain, and those near the lens


def rain(picture, rng):
    """BGR 0-255 float in and out. Each frame has drops of its own: none stays for two frames."""
    h, w = picture.shape[:2]
    veil = np.zeros((h, w), np.float32)
    for count, length, width, light in (
        (FAR, (9, 22), 1, (0.10, 0.22)),
        (NEAR, (50, 110), 2, (0.16, 0.32)),
    ):
        for _ in range(count):
            layer = np.zeros((h, w), np.float32) if width > 1 else veil
            x, y = rng.uniform(-20, w + 20), rng.uniform(-60, h)
            n = rng.uniform(*length)
            end = (round(x + 0.12 * n), round(y + n))
            cv2.line(layer, (round(x), round(y)), end, rng.uniform(*light), width, cv2.LINE_AA)
            if width > 1:
                veil = np.maximum(veil, cv2.GaussianBlur(layer, (0, 0), 2))
    veil = cv2.GaussianBlur(veil, (0, 0), 0.6)[..., None]
    haze = 0.06
    grey = 205.0
    return picture * (1 - haze - veil) + grey * (haze + veil)
