"""Takes a phase of the walk cycle, gives bone rotations.

Curves are drawn by hand after textbook joint angles.
"""

import math

import numpy as np

from mhlib import X, Y, Z, rotation

STRIDE_M = 1.30  # two steps at amplitude 0.85; feet slide where speed and phase disagree with this
KNEE = [(0, 4), (0.14, 18), (0.38, 4), (0.52, 12), (0.73, 60), (0.95, 3)]
ANKLE = [(0, 0), (0.08, -6), (0.46, 10), (0.63, -17), (0.85, 2)]


def periodic(phase, keys):
    x, y = (np.array(c, float) for c in zip(*keys))
    x = np.r_[x - 1, x, x + 1]
    y = np.r_[y, y, y]
    p = phase % 1
    i = np.searchsorted(x, p, side="right") - 1
    u = (p - x[i]) / (x[i + 1] - x[i])
    u = u * u * (3 - 2 * u)
    return y[i] * (1 - u) + y[i + 1] * u


def arm_hang(character, side, spread):
    """The T-pose arm brought down to `spread` degrees off the body."""
    sign = 1 if side == "L" else -1
    d = character.head(f"lowerarm01.{side}") - character.head(f"upperarm01.{side}")
    return rotation(Z, -sign * (math.degrees(math.atan2(abs(d[0]), -d[1])) - spread))


def arm_flexion(character, side, hang):
    shoulder, elbow, wrist = (
        character.head(f"{b}.{side}") for b in ("upperarm01", "lowerarm01", "wrist")
    )
    upper = hang @ (elbow - shoulder)
    lower = hang @ (wrist - elbow)
    return tuple(math.degrees(math.atan2(d[2], -d[1])) for d in (upper, lower))


def walk(character, phase, amplitude=0.85, spread=8, lean=3, head_turn=0, raised=()):
    """Amplitude 0 is standing. `raised` names arms (L, R) held up with a bent elbow."""
    r = {}
    for side, offset in (("L", 0.0), ("R", 0.5)):
        p = (phase + offset) % 1
        swing = math.cos(2 * math.pi * p)
        hip = 4 * min(1, amplitude * 2) + 25 * amplitude * swing
        knee = periodic(p, KNEE) * amplitude
        ankle = periodic(p, ANKLE) * amplitude
        r[f"upperleg01.{side}"] = rotation(X, -hip)
        r[f"lowerleg01.{side}"] = rotation(X, knee)
        r[f"foot.{side}"] = rotation(X, -ankle + (hip - knee) * 0.15)
        shoulder = -22 * amplitude * swing
        elbow = 12 + 14 * amplitude * (0.5 - 0.5 * swing)
        off = spread
        if side in raised:
            shoulder = 30
            elbow = 115
            off = 15
        hang = arm_hang(character, side, off)
        upper_rest, lower_rest = arm_flexion(character, side, hang)
        upper = rotation(X, -(shoulder - upper_rest)) @ hang
        r[f"upperarm01.{side}"] = upper
        r[f"lowerarm01.{side}"] = rotation(upper.T @ X, -(elbow - (lower_rest - upper_rest)))
    twist = 6 * amplitude * math.cos(2 * math.pi * phase)
    r["root"] = rotation(Y, -twist * 0.7)
    r["spine03"] = rotation(Y, twist * 1.6) @ rotation(X, lean)
    r["neck01"] = rotation(Y, head_turn - twist * 0.8)
    return r


def sit(character, **upper):
    """On a chair, the feet on the ground; `upper` are `lean` and `head_turn` as of `walk`."""
    r = walk(character, 0, amplitude=0, **upper)
    for side in "LR":
        r[f"upperleg01.{side}"] = rotation(X, -85)
        r[f"lowerleg01.{side}"] = rotation(X, 85)
        r[f"foot.{side}"] = rotation(X, 0)
    return r
