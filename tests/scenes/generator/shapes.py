"""Gives Blender objects of simple form: boxes, cylinders, plants, bushes, grass, lights."""

import math
import random

import bpy
import numpy as np
from mathutils import Vector


def turn(degrees):
    """The rotation about the vertical; `points @ turn(degrees).T` turns rows of points."""
    a = math.radians(degrees)
    return np.array([[math.cos(a), -math.sin(a), 0], [math.sin(a), math.cos(a), 0], [0, 0, 1]])


def link(o):
    bpy.context.scene.collection.objects.link(o)
    return o


def mesh(name, vertices, polygons, material, at=(0, 0, 0)):
    me = bpy.data.meshes.new(name)
    me.from_pydata([tuple(v) for v in vertices], [], [tuple(p) for p in polygons])
    me.materials.append(material)
    o = link(bpy.data.objects.new(name, me))
    o.location = at
    return o


def box(name, centre, size, material, bevel=0.01):
    x, y, z = (k / 2 for k in size)
    corners = [(a * x, b * y, c * z) for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)]
    sides = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    o = mesh(name, corners, sides, material, centre)
    if bevel:
        m = o.modifiers.new("bevel", "BEVEL")
        m.width = bevel
        m.segments = 2
    return o


def cylinder(name, base, radius, height, material, top_radius=None, sides=24):
    rings = ((radius, 0), (radius if top_radius is None else top_radius, height))
    v = [
        (r * math.cos(2 * math.pi * i / sides), r * math.sin(2 * math.pi * i / sides), z)
        for r, z in rings
        for i in range(sides)
    ]
    p = [(i, (i + 1) % sides, sides + (i + 1) % sides, sides + i) for i in range(sides)]
    p += [tuple(range(sides, 2 * sides)), tuple(range(sides - 1, -1, -1))]
    return mesh(name, v, p, material, base)


def potted_plant(base, height, leaf, pot, seed, wall_y=None):
    """Arched leaves in a pot; leaves that would reach behind `wall_y` are bent along the wall."""
    r = random.Random(seed)
    v = []
    p = []
    for _ in range(70):
        turn = r.random() * 2 * math.pi
        length = height * r.uniform(0.45, 0.9)
        width = r.uniform(0.03, 0.06)
        rise = math.radians(r.uniform(55, 85))
        d = np.array(
            [math.cos(turn) * math.cos(rise), math.sin(turn) * math.cos(rise), math.sin(rise)]
        )
        across = np.array([-math.sin(turn), math.cos(turn), 0])
        tip = np.array([0, 0, 0.35])
        first = len(v)
        for s in range(6):
            half = across * width * math.sin(math.pi * min(1, s / 5 * 0.95 + 0.05))
            v += [tip + half, tip - half]
            tip = tip + d * length / 5
            d = d + np.array([0, 0, -0.2 * (1 + s / 5)])
            d /= np.linalg.norm(d)
        p += [
            (first + 2 * s, first + 2 * s + 1, first + 2 * s + 3, first + 2 * s + 2)
            for s in range(5)
        ]
    v = np.array(v)
    if wall_y is not None:
        v[:, 1] = np.minimum(v[:, 1], wall_y - base[1])
    mesh("plant", v, p, leaf, base)
    cylinder("pot", base, 0.17, 0.36, pot, 0.22)


def bush(centre, size, leaves, material, seed, leaf=0.06):
    """Randomly turned leaf quads, denser towards the hull of a box."""
    r = np.random.default_rng(seed)
    u = r.uniform(-1, 1, (leaves, 3))
    u *= (np.abs(u).max(1) ** -0.5)[:, None] * 0.98
    a = r.normal(size=(leaves, 3))
    b = r.normal(size=(leaves, 3))
    a /= np.linalg.norm(a, axis=1)[:, None]
    b = np.cross(a, b)
    b /= np.linalg.norm(b, axis=1)[:, None]
    at = u * np.array(size) / 2
    v = np.stack(
        [at - a * leaf, at + b * leaf * 0.5, at + a * leaf, at - b * leaf * 0.5], 1
    ).reshape(-1, 3)
    mesh("bush", v, np.arange(4 * leaves).reshape(-1, 4), material, centre)


def grass(x, y, rng, material):
    """One upright triangle per blade at the given ground points."""
    n = len(x)
    turn = rng.uniform(0, 2 * math.pi, n)
    height = rng.uniform(0.03, 0.08, n)
    dx = np.cos(turn) * 0.006
    dy = np.sin(turn) * 0.006
    v = np.stack(
        [
            np.c_[x - dx, y - dy, 0 * x],
            np.c_[x + dx, y + dy, 0 * x],
            np.c_[x + rng.normal(0, 0.02, n), y + rng.normal(0, 0.02, n), height],
        ],
        1,
    ).reshape(-1, 3)
    mesh("grass", v, np.arange(3 * n).reshape(-1, 3), material)


def lamp(kind, at, power, colour=(1, 0.96, 0.9), **settings):
    data = bpy.data.lights.new(kind, kind)
    data.energy = power
    data.color = colour
    for key, value in settings.items():
        setattr(data, key, value)
    o = link(bpy.data.objects.new(kind, data))
    o.location = at
    return o


def sky(strength, elevation=40, azimuth=200, haze=2, sun=False):
    """A daylight dome; with `sun`, also a sun lamp. Gives the unit vector towards it, or None."""
    w = bpy.data.worlds.new("sky")
    bpy.context.scene.world = w
    w.use_nodes = True
    dome = w.node_tree.nodes.new("ShaderNodeTexSky")
    background = w.node_tree.nodes["Background"]
    dome.sky_type = "NISHITA"
    dome.sun_disc = False
    dome.dust_density = haze
    dome.sun_elevation = math.radians(elevation)
    dome.sun_rotation = math.radians(azimuth)
    w.node_tree.links.new(dome.outputs["Color"], background.inputs["Color"])
    background.inputs["Strength"].default_value = strength
    w.cycles.sampling_method = "MANUAL"
    w.cycles.sample_map_resolution = 256
    if not sun:
        return None
    a = math.radians(azimuth)
    e = math.radians(elevation)
    towards = Vector((math.sin(a) * math.cos(e), math.cos(a) * math.cos(e), math.sin(e)))
    o = lamp("SUN", (0, 0, 0), 4.2, (1, 0.95, 0.86), angle=0.009)
    o.rotation_euler = towards.to_track_quat("Z", "Y").to_euler()
    return np.array(towards)


def overcast(strength):
    """An evenly grey dome."""
    w = bpy.data.worlds.new("overcast")
    bpy.context.scene.world = w
    w.use_nodes = True
    background = w.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (0.86, 0.93, 1, 1)
    background.inputs["Strength"].default_value = strength
