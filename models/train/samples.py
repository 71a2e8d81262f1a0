"""An endless stream of training samples: groups of near-duplicates drawn as one picture, then augmented."""

import numpy as np

import augment
import lathe
from pictures import Pictures

# How often a group is drawn, compared with others. The scenes are few and exact, the renders are more of the same; web photographs show the widest
# variety of people; streets of cars are there for their emptiness only.
WEIGHT = {"scenes": 12.0, "renders": 1.0, "edgeai": 1.6, "highway": 0.6, "fall": 0.6}
MOST_PEOPLE = 32
# Share of the views that get upright things which are nobody.
THINGS = 0.15


class Samples:
    def __init__(self, cache, taught, seed):
        self.rng = np.random.default_rng(seed)
        self.pictures = [Pictures(cache, "train", taught), Pictures(cache, "scenes")]
        groups = {}
        for source, pictures in enumerate(self.pictures):
            for i, r in enumerate(pictures.records):
                groups.setdefault((source, r["group"]), []).append((source, i))
        self.groups = list(groups.values())
        weight = np.array([WEIGHT.get(self.record(*g[0])["set"], 1.0) for g in self.groups])
        self.ladder = np.cumsum(weight) / weight.sum()

    def record(self, source, i):
        return self.pictures[source].records[i]

    def picture(self):
        """A random member of a random group: pixels, boxes, kinds, and whether it was squeezed into a square."""
        group = self.groups[min(int(np.searchsorted(self.ladder, self.rng.random())), len(self.groups) - 1)]
        source, i = group[self.rng.integers(len(group))]
        rgb = self.pictures[source].pixels(i)
        box, ignore = self.pictures[source].labels(i)
        return rgb, box, np.where(ignore, augment.IGNORE, augment.PERSON), rgb.shape[0] == rgb.shape[1]

    def draw(self, size, zoom):
        rgb, box, kind, squeezed = self.picture()
        return augment.view(rgb, box, kind, size, zoom, squeezed, self.rng)

    def sample(self, size, four, zoom):
        """Pixels [h, w, 3] as a faulty camera sees them and as they are, boxes and kinds; `four` is the share of mosaics."""
        if self.rng.random() < four:
            rgb, box, kind = augment.mosaic(self.draw, size, self.rng)
        else:
            rgb, box, kind = self.draw(size, zoom)
        if self.rng.random() < THINGS:
            rgb = lathe.put(rgb, box, self.rng)
        return augment.camera_faults(rgb, self.rng), rgb, box, kind

    def batch(self, n, size, four, zoom):
        """Pixels [n, h, w, 3] twice, boxes [n, g, 4] and kinds [n, g], padded with kind 0."""
        drawn = [self.sample(size, four, zoom) for _ in range(n)]
        most = max(1, min(MOST_PEOPLE, max(len(k) for *_, k in drawn)))
        box, kind = np.zeros((n, most, 4), np.float32), np.zeros((n, most), np.int64)
        for row, (_, _, b, k) in enumerate(drawn):
            box[row, :len(b[:most])], kind[row, :len(k[:most])] = b[:most], k[:most]
        return np.stack([d[0] for d in drawn]), np.stack([d[1] for d in drawn]), box, kind
