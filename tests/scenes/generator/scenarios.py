"""What happens: who walks where and when, in which place.

Times in seconds, positions in metres on the ground.
"""

import math
from dataclasses import dataclass, field
from typing import Callable

import scenes
from gait import STRIDE_M
from things import Dog, Door


@dataclass
class Clip:
    seconds: float
    place: Callable  # random.Random -> scenes.Place
    cast: tuple = ()
    moves: Callable = lambda t: {}  # time -> {name: arguments of place}
    things: tuple = ()  # makers of things.Thing, moved like the cast
    zones: tuple = ()  # name, ground points and dwell time in seconds or None
    lines: tuple = ()  # name and two ground points
    light: Callable | None = None  # time -> (brightness of the room, table lamp 0-1)
    switches: tuple = ()  # time and what happens to the place then
    gain: Callable = lambda t: 1.0  # time -> brightness of the picture
    night: bool = False
    rain: bool = False
    fps: int = 8
    bytes_max: int = 2_500_000


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


def visit(t, begin, start, stop, speed, stay, look=None):
    """Walks in, stops for `stay` seconds looking around, turns and walks back the same way.

    `look` gives the turn of the head in degrees for the seconds stood."""
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
        head_turn=look(stood) if look else 28 * math.sin(2 * math.pi * stood / stay),
        lean=2,
    )


def present(**people):
    return {name: pose for name, pose in people.items() if pose}


def glances(stood):
    """To the left at first, to the right after ten seconds, and quite still in between."""
    left = ramp(stood, 1, 1.6) - ramp(stood, 3, 3.6)
    right = ramp(stood, 10, 10.8) - ramp(stood, 12.5, 13.3)
    return 26 * (left - right)


def rectangle(x_min, x_max, y_min, y_max):
    return (x_min, y_min), (x_max, y_min), (x_max, y_max), (x_min, y_max)


def trot(t, begin, start, stop, end, speed, stay):
    """A dog that trots in, stands for a while, and trots on; out of view before and after."""
    t -= begin
    first = math.dist(start, stop) / speed
    second = math.dist(stop, end) / speed
    if not 0 < t < first + stay + second:
        return None
    walked = min(t, first) + max(0, t - first - stay)
    a, b, share = (
        (start, stop, walked / first) if walked < first else (stop, end, (walked - first) / second)
    )
    x, y = (u + (v - u) * share for u, v in zip(a, b))
    heading = math.degrees(math.atan2(b[1] - a[1], b[0] - a[0]))
    amplitude = 0.05 if first <= t <= first + stay else 1.0
    return dict(x=x, y=y, heading=heading, phase=walked * speed / 0.75, amplitude=amplitude)


RUG = "rug", rectangle(-1.35, 1.65, 3.75, 5.75)

CLIPS = {
    "hall_two_people": Clip(
        10.0,
        lambda r: scenes.hall(r, "parquet", window_left=True),
        ("ben", "anna"),
        lambda t: present(
            ben=straight(t, 1.1, (-4.7, 4.2), (4.7, 4.25), 1.38),
            anna=straight(t, 1.7, (5.5, 5.2), (-5.5, 5.1), 1.5, spread=7),
        ),
        zones=((*RUG, 1.0),),
        fps=10,
    ),
    "yard_line": Clip(
        9.3,
        lambda r: scenes.yard(r, sun_elevation=68, sun_azimuth=180),
        ("kofi",),
        # From and to so far out that no shadow is cut off.
        lambda t: present(kofi=straight(t, 0.6, (-6.6, 5.6), (5.6, 3.4), 1.48)),
        zones=(("path_end", rectangle(1.2, 2.6, 2.5, 6.1), None),),
        lines=(("path", (0.4, 6.1), (0.4, 2.5)),),
        fps=10,
    ),
    "hall_night_ir": Clip(
        7.8,
        lambda r: scenes.hall(r, "tiles", window_left=False, night=True),
        ("carl",),
        lambda t: present(carl=visit(t, 1.1, (-4.8, 4.5), (-1.9, 4.6), 1.5, 2.0)),
        zones=(("corner", rectangle(-2.9, -0.9, 3.6, 5.6), 1.5),),
        night=True,
        fps=10,
    ),
    "hall_empty": Clip(
        5.0,
        lambda r: scenes.hall(r, "parquet", window_left=False),
        zones=((*RUG, 1.0),),
        light=lambda t: (1 - 0.12 * ramp(t, 0, 2.3), ramp(t, 2.5, 2.8)),
        fps=10,
    ),
    # The shelf hides her for more than two seconds.
    "hall_shelf": Clip(
        11.0,
        lambda r: scenes.hall(r, "parquet", window_left=True, sofa=False, shelf=True),
        ("mei",),
        lambda t: present(mei=straight(t, 1.1, (-5.6, 5.2), (5.6, 5.2), 1.32)),
        zones=(("window_side", rectangle(-3.6, -2.1, 4.2, 6.2), None),),
    ),
    "hall_group": Clip(
        11.25,
        lambda r: scenes.hall(r, "tiles", window_left=True),
        ("ben", "anna", "yuto"),
        lambda t: present(
            # The farthest comes in first: behind somebody nearer a hand would show long before a person does.
            yuto=straight(t, 0.6, (-6.3, 5.8), (6.3, 5.7), 1.32),
            anna=straight(t, 1.2, (-5.5, 5.0), (5.5, 4.9), 1.3, spread=7),
            ben=straight(t, 1.8, (-4.7, 4.1), (4.7, 4.1), 1.3),
        ),
        lines=(("middle", (0.3, 6.6), (0.3, 2.9)),),
        bytes_max=950_000,
    ),
    # She is gone at the left edge half a second before he comes in there.
    "hall_relay": Clip(
        14.25,
        lambda r: scenes.hall(r, "parquet", window_left=False),
        ("ada", "ray"),
        lambda t: present(
            ada=straight(t, 1.1, (4.9, 4.4), (-4.9, 4.4), 1.45),
            ray=visit(t, 7.9, (-4.9, 4.4), (-1.5, 4.5), 1.45, 0.8),
        ),
        zones=(("entrance", rectangle(-3.4, -2.2, 3.4, 5.4), None),),
    ),
    "hall_standing": Clip(
        25.5,
        lambda r: scenes.hall(r, "tiles", window_left=True),
        ("carl",),
        lambda t: present(carl=visit(t, 1.0, (4.8, 4.6), (2.0, 4.5), 1.45, 18.5, glances)),
        zones=(("waiting", rectangle(0.9, 3.1, 3.6, 5.6), 10.0),),
    ),
    "yard_rain": Clip(
        10.0,
        lambda r: scenes.yard(r, overcast=True),
        ("yuto",),
        lambda t: present(yuto=straight(t, 0.8, (5.9, 3.8), (-5.9, 4.9), 1.5, lean=6)),
        lines=(("path", (0.4, 6.1), (0.4, 2.5)),),
        rain=True,
    ),
    "hall_light_on": Clip(
        9.5,
        lambda r: scenes.hall(r, "parquet", window_left=False, dim=0.1),
        ("anna",),
        lambda t: present(anna=straight(t, 1.1, (-4.9, 4.5), (4.9, 4.5), 1.4, spread=7)),
        zones=((*RUG, 1.0),),
        switches=((4.0, scenes.ceiling_on),),
        gain=lambda t: 1.0 if t < 4.0 else 1 + 0.6 * (1 - ramp(t, 4.0, 4.7)),
        bytes_max=800_000,
    ),
    "hall_door": Clip(
        10.0,
        lambda r: scenes.hall(r, "parquet", window_left=True, doorway=True),
        moves=lambda t: dict(door=dict(angle=75 * (ramp(t, 2, 4) - ramp(t, 6, 8)))),
        things=(Door,),
        zones=((*RUG, 1.0),),
    ),
    "hall_pet": Clip(
        11.0,
        lambda r: scenes.hall(r, "tiles", window_left=True),
        moves=lambda t: present(dog=trot(t, 1.1, (-4.6, 4.2), (0.3, 4.7), (5.4, 4.0), 1.5, 1.5)),
        things=(Dog,),
        zones=((*RUG, 1.0),),
        bytes_max=1_050_000,
    ),
    "hall_poster": Clip(
        10.0,
        lambda r: scenes.hall(r, "parquet", window_left=False, poster="hall_one"),
        zones=((*RUG, 1.0),),
        light=lambda t: (1 - 0.1 * ramp(t, 4, 6), ramp(t, 7, 7.3)),
        bytes_max=800_000,
    ),
    # Beside the kerb all the time; over the line, and back.
    "yard_turn_back": Clip(
        10.0,
        lambda r: scenes.yard(r, paved=False, sun_elevation=55, sun_azimuth=200),
        ("kofi",),
        lambda t: present(kofi=visit(t, 0.3, (-5.6, 3.9), (0.9, 3.9), 1.45, 0.4)),
        lines=(("path", (-0.6, 6.1), (-0.6, 2.4)), ("kerb", (-4.2, 4.3), (4.2, 4.3))),
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
