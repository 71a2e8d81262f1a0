"""What happens: who walks where and when, in which place.

Times in seconds, positions in metres on the ground.
"""

import math
from dataclasses import dataclass, field
from typing import Callable

import scenes
from gait import STRIDE_M

FPS = 10


@dataclass
class Clip:
    seconds: float
    place: Callable  # random.Random -> scenes.Place
    cast: tuple = ()
    moves: Callable = lambda t: {}  # time -> {name: arguments of Person.place}
    line: tuple | None = None  # name and two ground points
    light: Callable | None = None  # time -> (brightness of the room, table lamp 0-1)
    night: bool = False


@dataclass
class Still:
    seed: int
    place: Callable
    cast: tuple
    night: bool = False
    camera: dict = field(default_factory=dict)


def ramp(t, begin, end):
    u = min(1, max(0, (t - begin) / (end - begin)))
    return u * u * (3 - 2 * u)


def straight(t, begin, start, end, speed, **gait):
    """Somebody who walks from start to end, both out of view; nobody before and after."""
    done = speed * (t - begin)
    length = math.dist(start, end)
    if not 0 < done < length:
        return None
    x, y = (a + (b - a) * done / length for a, b in zip(start, end))
    heading = math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))
    return dict(x=x, y=y, heading=heading, phase=done / STRIDE_M, **gait)


def visit(t, begin, start, stop, speed, stay):
    """Walks in, stops for `stay` seconds looking around, turns and walks back the same way."""
    length = math.dist(start, stop)
    walk_s = length / speed
    t -= begin
    if not 0 < t < 2 * walk_s + stay:
        return None
    leaving = t > walk_s + stay
    left_s = t - walk_s - stay
    done = speed * (2 * walk_s + stay - t) if leaving else min(length, speed * t)
    x, y = (a + (b - a) * done / length for a, b in zip(start, stop))
    into = math.degrees(math.atan2(stop[1] - start[1], stop[0] - start[0]))
    heading = into - 180 * ramp(t, walk_s + stay - 0.5, walk_s + stay + 0.1)
    amplitude = 0.85 * max(
        1 - ramp(t, walk_s - 0.3, walk_s + 0.1), ramp(t, walk_s + stay - 0.1, walk_s + stay + 0.3)
    )
    stood = max(0, min(stay, t - walk_s))
    phase = (length + speed * left_s if leaving else done) / STRIDE_M
    return dict(
        x=x,
        y=y,
        heading=heading,
        phase=phase,
        amplitude=amplitude,
        head_turn=28 * math.sin(2 * math.pi * stood / stay),
        lean=2,
    )


def present(**people):
    return {name: pose for name, pose in people.items() if pose}


CLIPS = {
    "hall_two_people": Clip(
        10.0,
        lambda r: scenes.hall(r, "parquet", window_left=True),
        ("ben", "anna"),
        lambda t: present(
            ben=straight(t, 1.1, (-4.7, 4.2), (4.7, 4.25), 1.38),
            anna=straight(t, 1.7, (5.5, 5.2), (-5.5, 5.1), 1.5, spread=7),
        ),
    ),
    "yard_line": Clip(
        9.3,
        lambda r: scenes.yard(r, sun_elevation=68, sun_azimuth=180),
        ("kofi",),
        # From and to so far out that no shadow is cut off.
        lambda t: present(kofi=straight(t, 0.6, (-6.6, 5.6), (5.6, 3.4), 1.48)),
        line=("path", (0.4, 6.1), (0.4, 2.5)),
    ),
    "hall_night_ir": Clip(
        7.8,
        lambda r: scenes.hall(r, "tiles", window_left=False, night=True),
        ("carl",),
        lambda t: present(carl=visit(t, 1.1, (-4.8, 4.5), (-1.9, 4.6), 1.5, 2.0)),
        night=True,
    ),
    "hall_empty": Clip(
        5.0,
        lambda r: scenes.hall(r, "parquet", window_left=False),
        light=lambda t: (1 - 0.12 * ramp(t, 0, 2.3), ramp(t, 2.5, 2.8)),
    ),
}

STILLS = {
    "hall_empty": Still(11, lambda r: scenes.hall(r, "tiles", window_left=True), ()),
    "hall_one": Still(
        12,
        lambda r: scenes.hall(r, "parquet", window_left=False),
        ("mei",),
        camera=dict(height=2.6, pitch=22, field_of_view=78),
    ),
    "hall_three": Still(
        13,
        lambda r: scenes.hall(r, "tiles", window_left=True, sofa=False),
        ("ada", "yuto", "ray"),
        camera=dict(height=2.9, pitch=25, field_of_view=84, yaw=3),
    ),
    "hall_night_two": Still(
        14,
        lambda r: scenes.hall(r, "parquet", window_left=True, night=True),
        ("kofi", "anna"),
        night=True,
    ),
    "yard_one": Still(
        15,
        lambda r: scenes.yard(r, paved=False, bin_left=False, sun_elevation=35, sun_azimuth=230),
        ("ben",),
        camera=dict(height=2.6, pitch=22, field_of_view=80, yaw=-3),
    ),
    "yard_two": Still(
        16, lambda r: scenes.yard(r, paved=True, sun_elevation=55, sun_azimuth=60), ("ada", "carl")
    ),
    "yard_four": Still(
        17,
        lambda r: scenes.yard(r, paved=False, bin_left=True),
        ("mei", "ben", "yuto", "kofi"),
        camera=dict(height=3, pitch=25, field_of_view=82),
    ),
}
