"""Takes MakeHuman asset files, gives posed human meshes as numpy arrays.

Knows nothing of rendering.
"""

import functools
import io
import json
import math
import os
import zipfile

import numpy as np

X, Y, Z = np.eye(3)
DECIMETRE = 0.1  # MakeHuman's length unit in metres


def rotation(axis, degrees):
    t = math.radians(degrees)
    k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + math.sin(t) * k + (1 - math.cos(t)) * k @ k


def faces(mesh):
    """three.js face records: a type word, 4 vertex, 1 material and 4 texture indices."""
    f = np.array(mesh["faces"]).reshape(-1, 10)
    assert (f[:, 0] == 11).all(), "expected textured quads only"
    return f[:, 1:5], f[:, 5], f[:, 6:10]


class Assets:
    """The two unpacked packages. Everything read is kept, since several people share it."""

    def __init__(self, targets_dir, meshes_dir):
        self.targets = zipfile.ZipFile(os.path.join(targets_dir, "makehuman/data/targets.npz"))
        self.data = os.path.join(meshes_dir, "package/public/data")
        rig = os.path.join(meshes_dir, "package/src/json/rigs/default.json")
        self.bones = json.load(open(rig))["bones"]
        self.bone_order = []
        for name in self.bones:
            self._after_parent(name)
        self.proxy = functools.lru_cache(None)(self._proxy)
        self.base = functools.lru_cache(None)(self._base)

    def _after_parent(self, name):
        if name in self.bone_order:
            return
        parent = self.bones[name]["parent"]
        if parent:
            self._after_parent(parent)
        self.bone_order.append(name)

    def target(self, name):
        """A morph target: vertex indices and their displacement in decimetres."""
        index, vector = (
            np.load(io.BytesIO(self.targets.read(f"targets/{name}.{part}.npy")))
            for part in ("index", "vector")
        )
        return index.astype(int), vector * (1e-3 if vector.dtype.kind == "i" else 1.0)

    def _base(self):
        j = json.load(open(f"{self.data}/models/human_full_size.json"))
        quads, material, uv_index = faces(j)
        return dict(
            v=np.array(j["vertices"], float).reshape(-1, 3),
            quads=quads,
            material=material,
            uv_index=uv_index,
            uv=np.array(j["uvs"][0]).reshape(-1, 2),
            bone=np.array(j["skinIndices"]).reshape(-1, 4),
            weight=np.array(j["skinWeights"]).reshape(-1, 4),
            names=[b["name"].replace("____head", "") for b in j["bones"]],
            joints=j["metadata"]["joint_pos_idxs"],
        )

    def _proxy(self, path):
        """Clothes, hair and eyes: meshes bound to the body by barycentric references."""
        folder = f"{self.data}/proxies/{path}"
        j = json.load(open(f"{folder}/{os.path.basename(path)}.json"))
        quads, _, uv_index = faces(j)
        meta = j["metadata"]
        material = j["materials"][0]
        normal = material.get("mapNormal")
        return dict(
            ref=np.array(meta["ref_vIdxs"]),
            w=np.array(meta["weights"]),
            offset=np.array(meta["offsets"]),
            quads=quads,
            uv_index=uv_index,
            uv=np.array(j["uvs"][0]).reshape(-1, 2),
            hides=np.array(meta.get("deleteVerts") or [], bool),
            texture=f"{folder}/{material['mapDiffuse']}",
            normal=f"{folder}/{normal}" if normal else None,
        )


class Character:
    """One dressed person. `parts` are the meshes at rest; `pose` moves them."""

    def __init__(self, assets, shape, clothes, skin, hair):
        self.assets = assets
        self.parts = []
        base = assets.base()
        v = base["v"].copy()
        for name, amount in shape.items():
            index, vector = assets.target(name)
            v[index] += amount * vector
        hidden = np.zeros(len(v), bool)
        for c in clothes:
            hides = assets.proxy(c)["hides"]
            if len(hides) == len(v):
                hidden |= hides
        keep = (base["material"] == 0) & ~hidden[base["quads"]].all(1)
        self._add(
            "body",
            "skin",
            v,
            base["quads"][keep],
            base["uv"][base["uv_index"][keep]],
            base["bone"],
            base["weight"],
            skin,
            None,
        )
        for c in clothes:
            self._fit(c, "shoes" if "shoes" in c else "cloth", v)
        self._fit(hair, "hair", v)
        self._fit("eyes/Low-Poly", "eye", v)
        self.joints = {k: v[i].mean(0) for k, i in base["joints"].items()}

    def _fit(self, path, kind, body):
        p = self.assets.proxy(path)
        base = self.assets.base()
        v = (body[p["ref"]] * p["w"][:, :, None]).sum(1) + p["offset"]
        bone = base["bone"][p["ref"]].reshape(len(v), -1)
        weight = base["weight"][p["ref"]] * np.clip(p["w"], 0, None)[:, :, None]
        none = weight.sum((1, 2)) < 1e-6
        weight[none] = base["weight"][p["ref"]][none]
        weight = weight.reshape(len(v), -1)
        weight /= weight.sum(1, keepdims=True)
        texture = (
            p["texture"] if kind != "eye" else os.path.dirname(p["texture"]) + "/brown_eye.png"
        )
        self._add(
            path.split("/")[-1],
            kind,
            v,
            p["quads"],
            p["uv"][p["uv_index"]],
            bone,
            weight,
            texture,
            p["normal"],
        )

    def _add(self, name, kind, v, quads, uv, bone, weight, texture, normal):
        used = np.unique(quads)
        renumber = np.full(len(v), -1)
        renumber[used] = np.arange(len(used))
        self.parts.append(
            dict(
                name=name,
                kind=kind,
                v=v[used],
                quads=renumber[quads],
                uv=uv,
                bone=bone[used],
                weight=weight[used],
                texture=texture,
                normal=normal,
            )
        )

    def head(self, bone):
        return self.joints[self.assets.bones[bone]["head"]]

    def pose(self, rotations):
        """Bone rotations in rest axes -> one vertex array per part.

        In metres, facing -Y, lowest point at z = 0."""
        world = {}
        for b in self.assets.bone_order:
            local = np.eye(4)
            if b in rotations:
                h = self.head(b)
                local[:3, :3] = rotations[b]
                local[:3, 3] = h - rotations[b] @ h
            parent = self.assets.bones[b]["parent"]
            world[b] = world[parent] @ local if parent else local
        table = np.stack([world.get(n, np.eye(4)) for n in self.assets.base()["names"]])
        out = []
        for p in self.parts:
            blend = np.einsum("vk,vkij->vij", p["weight"], table[p["bone"]])
            v = (
                np.einsum("vij,vj->vi", blend, np.c_[p["v"], np.ones(len(p["v"]))])[:, :3]
                * DECIMETRE
            )
            out.append(np.c_[v[:, 0], -v[:, 2], v[:, 1]])
        floor = min(v[:, 2].min() for v in out)
        return [v - [0, 0, floor] for v in out]
