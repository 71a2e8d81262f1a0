"""The cast: body shapes, outfits, and the Blender objects of one person."""

import os

import bpy
import numpy as np

import materials
import shapes
from gait import sit, walk
from mhlib import Character

ROUGHNESS = {"skin": 0.55, "hair": 0.5, "eye": 0.15, "shoes": 0.6}


def shape(sex, age, muscle, weight, people, height=None):
    s = {
        f"macrodetails/{people}-{sex}-{age}": 1.0,
        f"macrodetails/universal-{sex}-{age}-{muscle}muscle-{weight}weight": 1.0,
    }
    if height:
        build = f"{age}-{muscle}muscle-{weight}weight"
        s[f"macrodetails/height/{sex}-{build}-{height}height"] = 0.1  # 1.82 m for "max"
    return s


# Only outfits, hair and skins of MakeHuman's own core set.
# Colours are linear RGB of (top, trousers).
CAST = {
    "anna": dict(
        shape=shape("female", "young", "average", "average", "caucasian"),
        suit="female_casualsuit01",
        shoes="shoes03",
        skin="young_caucasian_female/textures/young_lightskinned_female_diffuse.png",
        hair="ponytail01",
        colours=((0.62, 0.36, 0.05), (0.02, 0.02, 0.025)),
    ),
    "ben": dict(
        shape=shape("male", "young", "average", "average", "caucasian", "max"),
        suit="male_casualsuit02",
        shoes="shoes02",
        skin="young_caucasian_male/textures/young_lightskinned_male_diffuse.png",
        hair="short02",
        colours=((0.3, 0.03, 0.03), (0.07, 0.12, 0.25)),
    ),
    "kofi": dict(
        shape=shape("male", "young", "max", "average", "african"),
        suit="male_casualsuit06",
        shoes="shoes05",
        skin_tint=(0.8, 0.8, 0.8),
        skin="young_african_male/textures/young_darkskinned_male_diffuse.png",
        hair="short04",
        colours=((0.6, 0.6, 0.57), (0.09, 0.085, 0.04)),
    ),
    "mei": dict(
        shape=shape("female", "young", "average", "min", "asian"),
        suit="female_casualsuit02",
        shoes="shoes04",
        skin_tint=(1, 0.95, 0.85),
        skin="young_asian_female/textures/young_lightskinned_female_diffuse3.png",
        hair="bob01",
        colours=((0.05, 0.3, 0.28), (0.35, 0.3, 0.22)),
    ),
    "carl": dict(
        shape=shape("male", "old", "average", "max", "caucasian"),
        suit="male_casualsuit04",
        shoes="shoes01",
        skin="old_caucasian_male/textures/old_lightskinned_male_diffuse.png",
        hair="short02",
        colours=((0.03, 0.1, 0.05), (0.28, 0.22, 0.14)),
    ),
    "ada": dict(
        shape=shape("female", "young", "average", "max", "african"),
        suit="female_casualsuit01",
        shoes="shoes06",
        skin="middleage_african_female/textures/middleage_darkskinned_female_diffuse.png",
        hair="afro01",
        colours=((0.5, 0.12, 0.25), (0.1, 0.13, 0.2)),
    ),
    "yuto": dict(
        shape=shape("male", "young", "min", "average", "asian"),
        suit="male_casualsuit03",
        shoes="shoes01",
        skin_tint=(1, 0.95, 0.87),
        skin="middleage_asian_male/textures/middleage_lightskinned_male_diffuse2.png",
        hair="short01",
        colours=((0.06, 0.06, 0.065), (0.3, 0.3, 0.3)),
    ),
    "lea": dict(
        shape=shape("female", "child", "average", "average", "caucasian"),
        suit="female_casualsuit02",
        shoes="shoes04",
        skin="young_caucasian_female/textures/young_lightskinned_female_diffuse.png",
        hair="bob01",
        colours=((0.55, 0.4, 0.05), (0.05, 0.08, 0.25)),
    ),
    "tim": dict(
        shape=shape("male", "child", "average", "average", "african"),
        suit="male_casualsuit03",
        shoes="shoes02",
        skin="young_african_male/textures/young_darkskinned_male_diffuse.png",
        hair="short04",
        colours=((0.05, 0.25, 0.4), (0.2, 0.17, 0.1)),
    ),
    "ray": dict(
        shape=shape("male", "young", "average", "max", "caucasian"),
        suit="male_elegantsuit01",
        shoes="shoes06",
        skin="middleage_caucasian_male/textures/middleage_lightskinned_male_diffuse.png",
        hair="short02",
        colours=((0.035, 0.045, 0.09), (0.035, 0.045, 0.09)),
    ),
}


def below_the_waist(part):
    """One flag per face. Suits are one mesh, whose loose pieces tell the top from the rest."""
    label = np.arange(len(part["v"]))
    while True:
        lowest = label.copy()
        np.minimum.at(lowest, part["quads"].ravel(), np.repeat(label[part["quads"]].min(1), 4))
        if (lowest == label).all():
            break
        label = lowest
    height = part["v"][:, 1]  # decimetres from the hips
    lower = {
        l: height[label == l].min() < -2.5 or height[label == l].max() < 2.5
        for l in np.unique(label)
    }
    return np.array([lower[l] for l in label[part["quads"][:, 0]]])


class Person:
    def __init__(self, assets, name, index):
        spec = CAST[name]
        self.name = name
        self.index = index
        self.visible = False
        skin = os.path.join(assets.data, "skins", spec["skin"])
        self.character = Character(
            assets,
            spec["shape"],
            ["clothes/" + spec["suit"], "clothes/" + spec["shoes"]],
            skin,
            "hair/" + spec["hair"],
        )
        self.objects = [self._object(p, spec) for p in self.character.parts]

    def _object(self, part, spec):
        label = f"{self.name} {part['name']}"
        me = bpy.data.meshes.new(label)
        me.from_pydata([tuple(v) for v in part["v"]], [], part["quads"].tolist())
        me.uv_layers.new().data.foreach_set("uv", part["uv"].astype(np.float32).ravel())
        me.shade_smooth()
        if part["kind"] == "cloth":
            legs = below_the_waist(part)
            for flag, colour in enumerate(spec["colours"]):
                chosen = part["uv"][legs == flag].reshape(-1, 2)
                me.materials.append(
                    materials.garment(
                        f"{label} {flag}",
                        part,
                        chosen if len(chosen) else part["uv"].reshape(-1, 2),
                        colour,
                    )
                )
            me.polygons.foreach_set("material_index", legs.astype(np.int32))
        else:
            tint = spec.get("skin_tint", (1, 1, 1)) if part["kind"] == "skin" else (1, 1, 1)
            me.materials.append(materials.surface(label, part, tint, ROUGHNESS[part["kind"]]))
        o = shapes.link(bpy.data.objects.new(label, me))
        o.pass_index = self.index
        return o

    def hide(self):
        self.visible = False
        for o in self.objects:
            o.hide_render = True

    def place(self, x, y, heading, sitting=False, **gait):
        """Heading in degrees, 0 is towards +X. `gait` goes to `walk` or `sit`."""
        pose = sit if sitting else walk
        turn = shapes.turn(heading + 90)
        parts = [v @ turn.T + [x, y, 0] for v in self.character.pose(pose(self.character, **gait))]
        for o, v in zip(self.objects, parts):
            o.data.vertices.foreach_set("co", v.astype(np.float32).ravel())
            o.data.update()
            o.hide_render = False
        self.points = np.concatenate(parts)
        self.visible = True
