"""Builds the two places, `hall` and `yard`, around a camera at the origin that looks along +Y."""

import json
import math
import os
import tempfile
from dataclasses import dataclass

import bpy
import cv2
import numpy as np

import materials
import shapes

WALL_Y = 7.4


@dataclass
class Place:
    exposure: float
    sun: np.ndarray | None  # unit vector towards the sun; None indoors
    walkable: tuple  # x_min, x_max, y_min, y_max in metres, free of furniture
    table_lamp: tuple | None = None  # where the lamp on the console stands


def hall(
    r,
    floor="parquet",
    window_left=True,
    sofa=True,
    night=False,
    dim=1.0,
    shelf=False,
    doorway=False,
    poster=None,
):
    side = -1 if window_left else 1
    window_x = side * 2.4
    door_x = -side * 2.15
    console_x = -side * 3.5
    if floor == "tiles":
        ground = materials.brick(
            "tiles",
            [(0.42, 0.38, 0.33), (0.36, 0.33, 0.29)],
            (0.16, 0.15, 0.14),
            0.6,
            0.6,
            0.006,
            0.28,
            offset=0,
        )
    else:
        ground = materials.brick(
            "parquet",
            [(0.36, 0.21, 0.11), (0.25, 0.14, 0.07)],
            (0.06, 0.035, 0.02),
            1.3,
            0.15,
            0.003,
            0.35,
            dirt=0.25,
        )
    shapes.box("floor", (0, 4, -0.05), (16, 14, 0.1), ground, 0)
    frame = materials.plain("frame", (0.8, 0.8, 0.78), 0.4)
    back_wall(r, window_x, frame, night or dim < 1)
    door(door_x, frame)
    for i in range(0 if poster else 2):
        x = door_x + side * (1.3 + i * 0.9)
        shapes.box(
            "picture",
            (x, WALL_Y - 0.12, 1.6),
            (0.6, 0.03, 0.8),
            materials.plain("picture frame", (0.05, 0.04, 0.03), 0.4),
        )
        art = materials.noise(
            "art",
            (r.random(), r.random() * 0.6, r.random() * 0.5),
            (r.random() * 0.6, r.random() * 0.8, r.random()),
            4,
        )
        shapes.box("picture", (x, WALL_Y - 0.137, 1.6), (0.5, 0.01, 0.7), art, 0)
    leaf = materials.noise("leaf", (0.02, 0.09, 0.02), (0.08, 0.22, 0.05), 5, 0.45)
    pot = materials.noise("pot", (0.25, 0.12, 0.07), (0.4, 0.2, 0.12), 6)
    shapes.potted_plant(
        (window_x - side * 1.75, WALL_Y - 0.55, 0), 1.25, leaf, pot, r.randint(0, 99), WALL_Y - 0.14
    )
    shapes.potted_plant((-2.35, 2.55, 0), 0.9, leaf, pot, r.randint(0, 99))
    if sofa:
        couch(window_x + side * 0.25, r)
    border = [r.uniform(0.08, 0.3), r.uniform(0.03, 0.1), r.uniform(0.03, 0.12)]
    shapes.box(
        "rug",
        (0.15, 4.6, 0.006),
        (3.2, 1.7, 0.012),
        materials.noise("rug border", [c * 0.7 for c in border], border, 60, 1),
        0,
    )
    shapes.box(
        "rug",
        (0.15, 4.6, 0.009),
        (2.8, 1.3, 0.012),
        materials.noise("rug", (0.3, 0.25, 0.19), (0.42, 0.36, 0.28), 60, 1),
        0,
    )
    lamp = console(console_x, glow=0 if night else 1.5)
    shapes.cylinder(
        "bin",
        (door_x + side * 0.85, 6.95, 0),
        0.15,
        0.35,
        materials.plain("bin", (0.1, 0.1, 0.11), 0.4),
        0.17,
    )
    if shelf:
        bookshelf(0.1, 3.9, r)
    if doorway:
        shapes.box(
            "dark",
            (door_x, WALL_Y - 0.1, 1.04),
            (0.92, 0.01, 2.08),
            materials.plain("dark", (0.03, 0.03, 0.035), 0.9),
            0,
        )
    if poster:
        person(door_x + side * 1.75, poster)
    power = 0.01 if night else r.uniform(0.85, 1.15) * dim
    for at, size, watts in (
        ((-1.8, 4.5, 3.1), (1.2, 0.3), 85),
        ((1.8, 4.5, 3.1), (1.2, 0.3), 85),
        ((0, 0.5, 3.2), (3, 0.6), 45),
    ):
        shapes.lamp("AREA", at, watts * power, shape="RECTANGLE", size=size[0], size_y=size[1])
    shapes.sky(0.002 if night else 0.1 * dim)
    return Place(0.2, None, (-4.2, 4.2, 3.7, 6.0), lamp)


def bookshelf(x, y, r, width=2.7, height=2.1):
    """A room divider full of books, higher than a person seen from the camera."""
    wood = materials.wood("shelf", (0.2, 0.13, 0.08), (0.33, 0.22, 0.14), (1, 10, 10))
    shapes.box("shelf back", (x, y + 0.16, height / 2), (width, 0.03, height), wood, 0)
    for z in np.linspace(0.03, height - 0.02, 6):
        shapes.box("shelf board", (x, y, z), (width, 0.34, 0.035), wood, 0)
    for dx in (-width / 2, 0, width / 2):
        shapes.box("shelf side", (x + dx, y, height / 2), (0.04, 0.34, height), wood, 0)
    covers = [
        materials.plain(f"cover {i}", [r.uniform(0.02, 0.4) for _ in range(3)], 0.6)
        for i in range(7)
    ]
    for z in np.linspace(0.03, height - 0.02, 6)[:-1]:
        at = x - width / 2 + 0.05
        while at < x + width / 2 - 0.12:
            thick, tall = r.uniform(0.03, 0.07), r.uniform(0.24, 0.36)
            if r.random() < 0.8:
                shapes.box(
                    "book",
                    (at + thick / 2, y - 0.02, z + 0.02 + tall / 2),
                    (thick * 0.95, 0.24, tall),
                    r.choice(covers),
                    0,
                )
            at += thick


def person(x, still, height=1.75):
    """A poster on the back wall: the person of one of our stills, life-size."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../stills", still)
    with open(folder + ".json") as f:
        x1, y1, x2, y2 = json.load(f)["people"][0]["box"]
    picture = cv2.imread(folder + ".jpg")
    margin = 8
    crop = picture[
        max(0, int(y1) - margin) : int(y2) + margin, max(0, int(x1) - margin) : int(x2) + margin
    ]
    path = os.path.join(tempfile.mkdtemp(), "poster.png")
    cv2.imwrite(path, cv2.resize(crop, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC))
    width = height * crop.shape[1] / crop.shape[0]
    paper = materials.printed("poster", path)
    y = WALL_Y - 0.13
    corners = [
        (-width / 2, 0, 0),
        (width / 2, 0, 0),
        (width / 2, 0, height),
        (-width / 2, 0, height),
    ]
    o = shapes.mesh("poster", corners, [(0, 1, 2, 3)], paper, (x, y, 0.3))
    o.data.uv_layers.new().data.foreach_set("uv", np.array([0, 0, 1, 0, 1, 1, 0, 1], np.float32))


def ceiling_on():
    """What `dim` took from the lamps at the ceiling."""
    for lamp in bpy.data.lights:
        if lamp.type == "AREA":
            lamp.energy *= 10


def back_wall(r, window_x, frame, night, height=4.2, width=1.8, sill=0.9, top=2.3):
    paint = r.choice([(0.62, 0.58, 0.5), (0.55, 0.6, 0.62), (0.7, 0.68, 0.64), (0.5, 0.52, 0.44)])
    wall = materials.noise("wall", [c * 0.95 for c in paint], paint, 1.5, 0.9)
    left = window_x - width / 2
    right = window_x + width / 2
    shapes.box("wall", ((left - 8) / 2, WALL_Y, height / 2), (left + 8, 0.2, height), wall, 0)
    shapes.box("wall", ((right + 8) / 2, WALL_Y, height / 2), (8 - right, 0.2, height), wall, 0)
    shapes.box("wall", (window_x, WALL_Y, sill / 2), (width, 0.2, sill), wall, 0)
    shapes.box("wall", (window_x, WALL_Y, (height + top) / 2), (width, 0.2, height - top), wall, 0)
    shapes.box(
        "outdoors",
        (window_x, WALL_Y + 1.2, 1.6),
        (7, 0.02, 3.5),
        materials.outdoors("outdoors", 0.004 if night else r.uniform(0.7, 1.3)),
        0,
    )
    for x in (left, window_x, right):
        shapes.box("window", (x, WALL_Y - 0.02, (sill + top) / 2), (0.07, 0.14, top - sill), frame)
    for z in (sill, top):
        shapes.box("window", (window_x, WALL_Y - 0.02, z), (width + 0.1, 0.2, 0.07), frame)
    shapes.box("skirting", (0, WALL_Y - 0.11, 0.06), (16, 0.03, 0.12), frame)


def door(x, frame):
    wood = materials.wood("door", (0.18, 0.09, 0.04), (0.3, 0.16, 0.08), (14, 14, 0.8))
    shapes.box("door", (x, WALL_Y - 0.1, 1.03), (0.9, 0.06, 2.06), wood)
    shapes.box("panel", (x, WALL_Y - 0.14, 1.5), (0.6, 0.03, 0.8), wood, 0.02)
    shapes.box("panel", (x, WALL_Y - 0.14, 0.55), (0.6, 0.03, 0.7), wood, 0.02)
    for dx in (-0.5, 0.5):
        shapes.box("door frame", (x + dx, WALL_Y - 0.11, 1.05), (0.1, 0.1, 2.15), frame)
    shapes.box("door frame", (x, WALL_Y - 0.11, 2.13), (1.1, 0.1, 0.1), frame)
    shapes.cylinder(
        "knob",
        (x + 0.36, WALL_Y - 0.18, 1),
        0.03,
        0.05,
        materials.plain("brass", (0.8, 0.6, 0.3), 0.25, 1),
    )


def couch(x, r):
    fabric = materials.noise(
        "fabric",
        [0.1 + 0.25 * r.random() for _ in range(3)],
        [0.15 + 0.25 * r.random() for _ in range(3)],
        40,
        0.95,
    )
    shapes.box("sofa seat", (x, WALL_Y - 0.65, 0.25), (1.9, 0.8, 0.3), fabric, 0.06)
    shapes.box("sofa back", (x, WALL_Y - 0.3, 0.6), (1.9, 0.2, 0.55), fabric, 0.06)
    for side in (-1, 1):
        shapes.box(
            "sofa arm", (x + side * 0.95, WALL_Y - 0.65, 0.38), (0.2, 0.8, 0.5), fabric, 0.06
        )


def console(x, glow):
    wood = materials.wood("console", (0.25, 0.17, 0.1), (0.4, 0.3, 0.2), (1, 10, 10))
    y = 6.75
    shapes.box("console", (x, y, 0.82), (1.1, 0.4, 0.04), wood)
    for dx in (-0.5, 0.5):
        for dy in (-0.15, 0.15):
            shapes.box("console leg", (x + dx, y + dy, 0.4), (0.05, 0.05, 0.8), wood)
    shapes.cylinder(
        "lamp foot", (x, y, 0.84), 0.05, 0.25, materials.plain("lamp foot", (0.3, 0.3, 0.32), 0.3)
    )
    shapes.cylinder(
        "lamp shade",
        (x, y, 1.08),
        0.17,
        0.2,
        materials.plain("lamp shade", (0.9, 0.75, 0.5), 0.8, glow=glow),
        0.11,
    )
    return (x, y, 1.18)


def switch_on(lamp):
    """The table lamp: its shade glows and lights the wall around it."""
    shade = bpy.data.materials["lamp shade"].node_tree.nodes["Principled BSDF"]
    shade.inputs["Emission Strength"].default_value = 6
    x, y, z = lamp
    shapes.lamp("POINT", (x, y - 0.25, z + 0.15), 45, (1, 0.8, 0.55), shadow_soft_size=0.15)


def infrared_spot(camera):
    """The ring of infrared diodes beside the lens of a night camera."""
    x, y, z = camera.location
    o = shapes.lamp(
        "SPOT",
        (x + 0.06, y + 0.05, z + 0.05),
        450,
        (1, 1, 1),
        spot_size=2,
        spot_blend=0.6,
        shadow_soft_size=0.03,
    )
    o.rotation_euler = camera.rotation_euler


def yard(r, paved=True, bin_left=True, sun_elevation=48, sun_azimuth=172, overcast=False, night=False):
    if paved:
        ground = materials.brick(
            "paving",
            [(0.36, 0.33, 0.3), (0.29, 0.27, 0.25)],
            (0.12, 0.11, 0.1),
            0.22,
            0.11,
            0.008,
            0.85,
            dirt=0.4,
        )
    else:
        ground = materials.noise("asphalt", (0.1, 0.1, 0.102), (0.17, 0.17, 0.165), 30, 0.9)
    lawn = materials.noise(
        "lawn", (0.035, 0.075, 0.015), (0.09, 0.14, 0.03), 14, 0.95, low=0.25, high=0.75
    )
    shapes.box("lawn", (0, 14, -0.06), (60, 50, 0.1), lawn, 0)
    shapes.box("path", (0, 4.2, -0.045), (30, 3.8, 0.1), ground, 0)
    shapes.box("path to the house", (1.5, 10.5, -0.044), (1.6, 9, 0.1), ground, 0)
    blades(r)
    hedges()
    house()
    post = materials.plain("post", (0.2, 0.2, 0.2))
    for x in (-4.2, 4.8):
        shapes.cylinder("post", (x, 6.3, 0), 0.05, 1.1, post)
    x = -3.3 if bin_left else 3.8
    body = materials.plain(
        "bin", r.choice([(0.02, 0.09, 0.04), (0.03, 0.04, 0.1), (0.06, 0.06, 0.06)]), 0.45
    )
    shapes.box("bin", (x, 6.6, 0.52), (0.55, 0.6, 1), body, 0.05)
    shapes.box(
        "bin lid",
        (x, 6.58, 1.05),
        (0.6, 0.68, 0.07),
        materials.plain("lid", (0.05, 0.05, 0.06), 0.4),
        0.03,
    )
    leaf = materials.noise("tree leaf", (0.03, 0.07, 0.015), (0.08, 0.15, 0.04), 6, 0.7)
    bark = materials.noise("bark", (0.06, 0.04, 0.03), (0.14, 0.1, 0.07), 10, 0.95)
    shapes.cylinder("trunk", (-4.6, 8.4, 0), 0.17, 3, bark, 0.12)
    shapes.bush((-4.6, 8.4, 3.6), (3.4, 3.2, 2.6), 6000, leaf, 9, 0.09)
    if overcast or night:
        shapes.overcast(0.004 if night else 0.55)
        return Place(0.5, None, (-4.2, 4.2, 2.9, 5.9))
    sun = shapes.sky(0.13, sun_elevation, sun_azimuth, sun=True)
    return Place(0.5, sun, (-4.2, 4.2, 2.9, 5.9))


def blades(r, count=26000):
    rng = np.random.default_rng(r.randint(0, 999))
    x = rng.uniform(-9, 9, count)
    y = np.where(
        rng.random(count) < 0.25, rng.uniform(1.2, 2.3, count), rng.uniform(6.1, 11, count)
    )
    off_path = (abs(x - 1.5) > 0.82) | (y < 6)
    shapes.grass(
        x[off_path],
        y[off_path],
        rng,
        materials.noise("grass", (0.05, 0.1, 0.02), (0.14, 0.2, 0.05), 3),
    )


def hedges():
    leaf = materials.noise("hedge leaf", (0.03, 0.07, 0.015), (0.08, 0.15, 0.04), 6, 0.7)
    inside = materials.plain("hedge inside", (0.012, 0.02, 0.008), 1)
    for i, x in enumerate((-7.0, -1.9, 4.9)):
        shapes.box("hedge", (x, 11, 0.55), (4.3, 0.8, 1), inside)
        shapes.bush((x, 11, 0.65), (4.8, 1.2, 1.4), 5200, leaf, i)


def house():
    wall = materials.brick(
        "house wall",
        [(0.34, 0.13, 0.08), (0.25, 0.09, 0.06)],
        (0.32, 0.3, 0.27),
        0.22,
        0.075,
        0.01,
        0.9,
        turn=(math.pi / 2, 0, 0),
    )
    shapes.box("house", (0, 15, 2), (24, 0.3, 4), wall, 0)
    frame = materials.plain("house frame", (0.75, 0.75, 0.72))
    glass = materials.plain("glass", (0.03, 0.04, 0.05), 0.05)
    for x in (-6, -2.6, 5.2):
        shapes.box("house window", (x, 14.83, 1.7), (1.5, 0.1, 1.3), frame)
        shapes.box("house window", (x, 14.77, 1.7), (1.3, 0.05, 1.1), glass)
    shapes.box(
        "house door",
        (1.5, 14.8, 1.05),
        (1, 0.1, 2.1),
        materials.wood("house door", (0.05, 0.1, 0.12), (0.08, 0.15, 0.17), (14, 14, 0.8)),
    )
