"""Unpack the labelled photographs once: pixels into one flat file a split, the rest into an index beside it.

Training then reads pixels through a memory map and decodes nothing. For the training split it also finds groups of
near-duplicates (frames of one video, augmented copies), so that a group can be drawn as one picture.
"""

import argparse
import json
import tarfile
from pathlib import Path

import cv2
import numpy as np

import boxes

HASH_SIDE = 16          # 16 × 16 comparisons: fine enough to see one person move before a still background
NEAR = 24               # of 256 bits


def main():
    args = arguments()
    args.cache.mkdir(parents=True, exist_ok=True)
    for split in args.splits:
        records = prepare(split, args.data, args.cache)
        print(f"{split}: {len(records)} images, {sum(len(r['boxes']) for r in records)} boxes, "
              f"{len({r['group'] for r in records})} groups")
    if args.scenes:
        records = prepare_scenes(args.scenes, args.renders, args.cache, args.every)
        print(f"scenes: {len(records)} pictures")


def prepare(split, data, cache):
    truth = json.loads((data / f"{split}.json").read_text())
    labels = {}
    for a in truth["annotations"]:
        labels.setdefault(a["image_id"], []).append(a)
    images = {(i["shard"], i["file_name"]): i for i in truth["images"]}
    records, hashes = [], []
    with Pixels(cache / f"{split}.u8") as pixels:
        for shard in sorted({shard for shard, _ in images}):
            for name, jpeg in members(data / shard):
                image = images.get((shard, name))
                if image is None:
                    continue
                rgb = decode(jpeg)
                known = labels.get(image["id"], [])
                records.append({
                    "id": image["id"], "set": image["set"], **pixels.add(rgb),
                    "boxes": boxes.from_xywh([a["bbox"] for a in known]).tolist(),
                    "crowd": [int(a.get("iscrowd", 0)) for a in known],
                })
                hashes.append(fingerprint(rgb))
    assert len(records) == len(images), f"{split}: {len(images) - len(records)} pictures are missing from the tars"
    for record, group in zip(records, group_near(hashes, [r["set"] for r in records])):
        record["group"] = group
    (cache / f"{split}.json").write_text(json.dumps(records))
    return records


def prepare_scenes(scenes, renders, cache, every):
    """The rendered stills, every so-many-th frame of the rendered clips, and the random views in `renders` if there are any."""
    records = []
    with Pixels(cache / "scenes.u8") as pixels:
        for name, folder in (("scenes", scenes / "stills"), ("renders", renders)):
            stills = sorted(folder.glob("*.json")) if folder else []    # of a view that is not whole yet there is none
            assert stills or not folder, f"no views in {folder}"
            for path in stills:
                truth, jpeg = json.loads(path.read_text()), path.with_suffix(".jpg").read_bytes()
                records.append(scene_record(name, pixels.add(decode(jpeg)), truth["people"], path.stem))
        for path in sorted((scenes / "clips").glob("*.avi")):
            frames = json.loads(path.with_suffix(".json").read_text())["frames"]
            for i, bgr in enumerate(clip_frames(path)):
                if i % every == every // 2:
                    records.append(scene_record("scenes", pixels.add(bgr[..., ::-1]), frames[i]["people"], f"{path.stem}/{i}"))
    for i, record in enumerate(records):
        record.update(id=i, group=i)
    (cache / "scenes.json").write_text(json.dumps(records))
    return records


def scene_record(kind, where, people, name):
    """A person of whom hardly anything is to be seen becomes a region to ignore."""
    return {"set": kind, "name": name, **where, "boxes": [p["visible_box"] for p in people],
            "crowd": [int(p["visible_px"] < 60) for p in people]}


class Pixels:
    """A flat file of RGB bytes, picture after picture."""

    def __init__(self, path):
        self.file, self.offset = open(path, "wb"), 0

    def add(self, rgb):
        at = {"offset": self.offset, "height": rgb.shape[0], "width": rgb.shape[1]}
        self.file.write(np.ascontiguousarray(rgb).tobytes())
        self.offset += rgb.size
        return at

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()


def members(path):
    with tarfile.open(path) as tar:
        for member in tar:
            if member.isfile():
                yield member.name, tar.extractfile(member).read()


def decode(jpeg):
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def clip_frames(path):
    clip = cv2.VideoCapture(str(path))
    while True:
        more, bgr = clip.read()
        if not more:
            return
        yield bgr


def fingerprint(rgb):
    """Which of neighbouring points is brighter, for the picture and for its mirror image: two rows of bits."""
    grey = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (HASH_SIDE + 1, HASH_SIDE), interpolation=cv2.INTER_AREA).astype(np.int16)
    return np.stack([(s[:, 1:] > s[:, :-1]).ravel() for s in (small, small[:, ::-1])])


def group_near(hashes, sets):
    """A group number for each picture: it joins the first group of its set whose founder looks nearly the same."""
    hashes = np.packbits(np.stack(hashes), axis=-1)
    group = np.full(len(hashes), -1)
    founders = {}
    for i, (hash_pair, name) in enumerate(zip(hashes, sets)):
        known = founders.setdefault(name, [])
        if known:
            bits = np.bitwise_count(hashes[known, :1] ^ hash_pair[None]).sum(-1).min(-1)
            if bits.min() <= NEAR:
                group[i] = group[known[bits.argmin()]]
                continue
        group[i] = i
        known.append(i)
    return group.tolist()


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=Path, required=True, help="folder with train.json, train-*.tar, val.json, …")
    p.add_argument("--cache", type=Path, required=True, help="folder to write to (about 3 GB)")
    p.add_argument("--splits", nargs="+", default=["train", "val", "coco-person-val"])
    p.add_argument("--scenes", type=Path, help="folder with stills/ and clips/ of the rendered scenes")
    p.add_argument("--renders", type=Path, help="folder of random views (tests/scenes/generator/views.py)")
    p.add_argument("--every", type=int, default=16, help="take one frame in so many of each clip")
    return p.parse_args()


if __name__ == "__main__":
    main()
