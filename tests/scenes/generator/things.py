"""What comes and goes in a scene without being a person: a door's leaf, a dog, a chair, an umbrella.

Each has what the camera asks of a person (name, index, visible, points, hide, place); index 0 says
that the truth does not list it.
"""

import math

import bpy
import numpy as np

import materials
import shapes


class Thing:
    index = 0

    def __init__(self, name, objects):
        self.name = name
        self.objects = objects
        self.rest = []
        for o in objects:
            v = np.empty(len(o.data.vertices) * 3, np.float32)
            o.data.vertices.foreach_get("co", v)
            self.rest.append(v.reshape(-1, 3) + np.array(o.location))
            o.location = (0, 0, 0)

    def hide(self):
        self.visible = False
        for o in self.objects:
            o.hide_render = True

    def _move(self, vertices):
        for o, v in zip(self.objects, vertices):
            o.data.vertices.foreach_set("co", v.astype(np.float32).ravel())
            o.data.update()
            o.hide_render = False
        self.points = np.concatenate(vertices)
        self.visible = True


class Door(Thing):
    """Takes the leaf that the place built, with what is fixed to it, and swings it into the room."""

    def __init__(self):
        parts = [o for o in bpy.data.objects if o.name.split(".")[0] in ("door", "panel", "knob")]
        super().__init__("door", parts)
        leaf = self.rest[parts.index(bpy.data.objects["door"])]
        self.hinge = np.array([leaf[:, 0].min(), leaf[:, 1].max(), 0])

    def place(self, angle):
        """Angle in degrees, 0 is shut."""
        turn = shapes.turn(-angle)
        self._move([(v - self.hinge) @ turn.T + self.hinge for v in self.rest])


def capsule(start, end, radius, end_radius=None, sides=14, rings=5):
    """Vertices and faces of a rounded limb between two points."""
    start, end = np.array(start, float), np.array(end, float)
    end_radius = radius if end_radius is None else end_radius
    axis = (end - start) / np.linalg.norm(end - start)
    across = np.cross(axis, [0, 0, 1] if abs(axis[2]) < 0.9 else [1, 0, 0])
    across /= np.linalg.norm(across)
    third = np.cross(axis, across)
    profile = [(start, radius, math.pi / 2 * (k / rings - 1)) for k in range(rings)]
    profile += [(end, end_radius, math.pi / 2 * k / rings) for k in range(rings + 1)]
    v = []
    for centre, r, a in profile:
        for s in range(sides):
            turn = 2 * math.pi * s / sides
            outward = math.cos(turn) * across + math.sin(turn) * third
            v.append(centre + r * (math.sin(a) * axis + max(0.02, math.cos(a)) * outward))
    p = [
        (
            k * sides + s,
            k * sides + (s + 1) % sides,
            (k + 1) * sides + (s + 1) % sides,
            (k + 1) * sides + s,
        )
        for k in range(len(profile) - 1)
        for s in range(sides)
    ]
    return v, p


class Dog(Thing):
    """Half a metre at the shoulder, made of capsules. Faces +X at rest."""

    LEGS = {
        "fl": (0.27, 0.08, 0),
        "fr": (0.27, -0.08, 0.5),
        "hl": (-0.26, 0.08, 0.5),
        "hr": (-0.26, -0.08, 0),
    }
    HIP = 0.4

    def __init__(self):
        fur = materials.noise("fur", (0.1, 0.05, 0.02), (0.3, 0.17, 0.08), 25, 0.9)
        dark = materials.plain("nose", (0.015, 0.012, 0.01), 0.4)
        shape = {
            "body": capsule((-0.24, 0, 0.44), (0.24, 0, 0.46), 0.12, 0.145),
            "neck": capsule((0.28, 0, 0.5), (0.42, 0, 0.66), 0.085, 0.075),
            "head": capsule((0.42, 0, 0.68), (0.5, 0, 0.67), 0.088, 0.075),
            "snout": capsule((0.52, 0, 0.65), (0.62, 0, 0.63), 0.05, 0.04),
            "tail": capsule((-0.33, 0, 0.5), (-0.5, 0, 0.72), 0.03, 0.015),
            "ear l": capsule((0.41, 0.07, 0.74), (0.39, 0.1, 0.64), 0.03, 0.02),
            "ear r": capsule((0.41, -0.07, 0.74), (0.39, -0.1, 0.64), 0.03, 0.02),
        }
        for leg, (x, y, _) in self.LEGS.items():
            shape[leg] = capsule((x, y, self.HIP), (x, y, 0.035), 0.06, 0.034)
        self.parts = list(shape)
        objects = [shapes.mesh(f"dog {name}", v, p, fur) for name, (v, p) in shape.items()]
        v, p = capsule((0.655, 0, 0.645), (0.665, 0, 0.645), 0.02)
        objects.append(shapes.mesh("dog nose", v, p, dark))
        for o in objects:
            o.data.shade_smooth()
        super().__init__("dog", objects)

    def place(self, x, y, heading, phase, amplitude=1.0):
        """Heading in degrees, 0 is towards +X; a phase is one stride of each leg."""
        turn = shapes.turn(heading)
        moved = []
        for name, v in zip(self.parts + ["nose"], self.rest):
            v = v.copy()
            if name in self.LEGS:
                hip_x, _, offset = self.LEGS[name]
                self._swing(v, hip_x, math.radians(24) * amplitude, phase + offset)
            v[:, 2] += 0.012 * amplitude * math.sin(4 * math.pi * phase)
            moved.append(v @ turn.T + [x, y, 0])
        lowest = min(v[:, 2].min() for v in moved)
        self._move([v - [0, 0, lowest] for v in moved])

    def _swing(self, v, hip_x, most, phase):
        a = most * math.sin(2 * math.pi * phase)
        x, z = v[:, 0] - hip_x, v[:, 2] - self.HIP
        v[:, 0] = hip_x + x * math.cos(a) + z * math.sin(a)
        v[:, 2] = self.HIP - x * math.sin(a) + z * math.cos(a)


class Belonging(Thing):
    """Is where somebody is: under them, or over their head."""

    def place(self, x, y, heading):
        """Heading in degrees, 0 is towards +X."""
        turn = shapes.turn(heading)
        self._move([v @ turn.T + [x, y, 0] for v in self.rest])


class Chair(Belonging):
    """For somebody who looks towards +X with the hips at the origin."""

    def __init__(self):
        wood = materials.wood("chair", (0.1, 0.06, 0.03), (0.3, 0.2, 0.12), (1, 10, 10))
        parts = [((0.03, 0, 0.4), (0.44, 0.44, 0.04)), ((-0.2, 0, 0.68), (0.04, 0.42, 0.5))]
        parts += [((x, y, 0.2), (0.04, 0.04, 0.4)) for x in (-0.17, 0.22) for y in (-0.19, 0.19)]
        super().__init__("chair", [shapes.box("chair part", *part, wood, 0) for part in parts])


class Umbrella(Belonging):
    """Over the head of somebody at the origin."""

    def __init__(self):
        cloth = materials.plain("umbrella", (0.03, 0.05, 0.12), 0.8)
        steel = materials.plain("umbrella stick", (0.1, 0.1, 0.1), 0.3, 1)
        canopy = shapes.cylinder("canopy", (0.15, -0.1, 1.85), 0.55, 0.24, cloth, 0.02, sides=8)
        super().__init__("umbrella", [canopy, shapes.cylinder("stick", (0.15, -0.1, 1.15), 0.01, 0.8, steel)])
