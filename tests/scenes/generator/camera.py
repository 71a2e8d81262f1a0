"""The fixed camera: projection, rendering, and ground truth from the same geometry.

The empty place is rendered once. In each frame only the rectangles that people and their shadows
can change are rendered, and of those only pixels that differ are taken over, so the still
background is really still.
"""

import math
import os
import time

import bpy
import cv2
import numpy as np

import shapes

W = 640
H = 360
VISIBLE_PX_MIN = 20  # a person with fewer visible pixels is not listed


class Camera:
    def __init__(self, work, height=2.75, pitch=24, field_of_view=80, yaw=0):
        self.work = work
        self.field_of_view = field_of_view
        self.cpu_s = 0.0
        data = bpy.data.cameras.new("camera")
        data.angle = math.radians(field_of_view)
        self.object = shapes.link(bpy.data.objects.new("camera", data))
        self.object.location = (0, 0, height)
        self.object.rotation_euler = (math.radians(90 - pitch), 0, math.radians(yaw))
        bpy.context.scene.camera = self.object
        bpy.context.view_layer.update()

    def project(self, points):
        """World points -> pixels; points behind the lens are dropped."""
        m = np.array(self.object.matrix_world.inverted())
        q = np.c_[points, np.ones(len(points))] @ m.T
        depth = -q[:, 2]
        q = q[depth > 0.1]
        depth = depth[depth > 0.1]
        focal = W / 2 / math.tan(math.radians(self.field_of_view / 2))
        return np.c_[W / 2 + focal * q[:, 0] / depth, H / 2 - focal * q[:, 1] / depth]

    def prepare(self, exposure, threads):
        s = bpy.context.scene
        s.render.engine = "CYCLES"
        s.render.resolution_x = W
        s.render.resolution_y = H
        s.render.use_persistent_data = True
        s.render.threads_mode = "FIXED"
        s.render.threads = threads
        s.render.use_crop_to_border = False
        s.render.image_settings.file_format = "PNG"
        s.view_settings.view_transform = "AgX"
        s.view_settings.look = "AgX - Medium High Contrast"
        s.view_settings.exposure = exposure
        for key, value in dict(
            device="CPU",
            use_adaptive_sampling=False,
            use_denoising=True,
            denoiser="OPENIMAGEDENOISE",
            denoising_prefilter="FAST",
            denoising_quality="FAST",
            max_bounces=4,
            diffuse_bounces=2,
            glossy_bounces=2,
            transparent_max_bounces=6,
            caustics_reflective=False,
            caustics_refractive=False,
            sample_clamp_indirect=3,
        ).items():
            setattr(s.cycles, key, value)
        s.view_layers[0].use_pass_object_index = True
        s.use_nodes = True
        s.node_tree.nodes.clear()
        layers, image, index = (
            s.node_tree.nodes.new(f"CompositorNode{n}")
            for n in ("RLayers", "Composite", "OutputFile")
        )
        index.base_path = self.work
        index.format.file_format = "OPEN_EXR"
        index.format.color_depth = "32"
        index.file_slots[0].path = "index_"
        s.node_tree.links.new(layers.outputs["Image"], image.inputs["Image"])
        s.node_tree.links.new(layers.outputs["IndexOB"], index.inputs[0])

    def shoot(self, samples, rectangle=None):
        """Renders the frame or a rectangle (x1, y1, x2, y2) of it.

        Gives the picture and the person index of every pixel."""
        s = bpy.context.scene
        path = os.path.join(self.work, "shot.png")
        s.frame_set(1)
        s.cycles.samples = samples
        s.render.filepath = path
        s.render.use_border = rectangle is not None
        if rectangle:
            x1, y1, x2, y2 = rectangle
            s.render.border_min_x = x1 / W
            s.render.border_max_x = x2 / W
            s.render.border_min_y = 1 - y2 / H
            s.render.border_max_y = 1 - y1 / H
        began = time.process_time()
        bpy.ops.render.render(write_still=True)
        self.cpu_s += time.process_time() - began
        index = cv2.imread(os.path.join(self.work, "index_0001.exr"), cv2.IMREAD_UNCHANGED)
        index = index[..., 2] if index.ndim == 3 else index
        return cv2.imread(path).astype(np.float32), np.rint(index).astype(int)

    def empty(self, samples):
        return self.shoot(samples)[0]

    def rectangles(self, people, sun):
        found = []
        for p in people:
            if not p.visible:
                continue
            if sun is None:  # soft shadow of several lamps: the footprint, widened
                ground = p.points * [1, 1, 0]
                shadow = ground.mean(0) + (ground - ground.mean(0)) * 2
            else:
                shadow = p.points - sun * np.minimum(p.points[:, 2:3] / sun[2], 4)
            q = self.project(np.concatenate([p.points, shadow]))
            if not len(q):
                continue
            x1, y1 = q.min(0) - 24
            x2, y2 = q.max(0) + 24
            r = [max(0, int(x1)), max(0, int(y1)), min(W, int(x2)), min(H, int(y2))]
            if r[2] - r[0] > 24 and r[3] - r[1] > 24:
                found.append(r)
        return merged(found)

    def compose(self, background, people, sun, samples):
        picture = background.copy()
        index = np.zeros((H, W), int)
        for x1, y1, x2, y2 in self.rectangles(people, sun):
            shot, seen = self.shoot(samples, (x1, y1, x2, y2))
            inside = slice(y1, y2), slice(x1, x2)
            index[inside] = seen[inside]
            change = cv2.GaussianBlur(np.abs(shot[inside] - background[inside]).max(2), (0, 0), 2)
            take = np.clip((change - 2.5) / 5, 0, 1)
            take = np.maximum(
                take, cv2.dilate((seen[inside] > 0).astype(np.float32), np.ones((5, 5)))
            )
            take = (cv2.GaussianBlur(take, (0, 0), 1) * feather(x1, y1, x2, y2))[..., None]
            picture[inside] = picture[inside] * (1 - take) + shot[inside] * take
        return picture, index

    def truth(self, people, index):
        """One entry per visible person; boxes are x1, y1, x2, y2 in pixels."""
        out = []
        for p in people:
            mask = index == p.index
            q = self.project(p.points) if p.visible else np.empty((0, 2))
            if mask.sum() < VISIBLE_PX_MIN or not len(q):
                continue
            x1, y1 = np.clip(q.min(0), 0, [W, H])
            x2, y2 = np.clip(q.max(0), 0, [W, H])
            ys, xs = np.nonzero(mask)
            out.append(
                dict(
                    id=p.name,
                    box=[round(float(v), 1) for v in (x1, y1, x2, y2)],
                    visible_box=[
                        int(xs.min()),
                        int(ys.min()),
                        int(xs.max()) + 1,
                        int(ys.max()) + 1,
                    ],
                    visible_px=int(mask.sum()),
                )
            )
        return out


def merged(rectangles):
    """Joins rectangles that overlap until none do."""
    for i, a in enumerate(rectangles):
        for b in rectangles[i + 1 :]:
            if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
                both = [min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])]
                return merged([r for r in rectangles if r is not a and r is not b] + [both])
    return rectangles


def feather(x1, y1, x2, y2, width=12):
    """1 inside the rectangle, falling to 0 at its edges that are not edges of the frame."""
    x = np.arange(x1, x2) + 0.5
    y = np.arange(y1, y2) + 0.5
    fx = np.minimum(
        1 if x1 == 0 else np.clip((x - x1) / width, 0, 1),
        1 if x2 == W else np.clip((x2 - x) / width, 0, 1),
    )
    fy = np.minimum(
        1 if y1 == 0 else np.clip((y - y1) / width, 0, 1),
        1 if y2 == H else np.clip((y2 - y) / width, 0, 1),
    )
    return np.broadcast_to(fy, (y2 - y1,))[:, None] * np.broadcast_to(fx, (x2 - x1,))[None, :]
