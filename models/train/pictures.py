"""Read what prepare.py wrote: pixels through a memory map, labels from the index."""

import json
from pathlib import Path

import numpy as np


class Pictures:
    """The pictures of one split in the cache folder; `taught` takes the labels that teach.py fused."""

    def __init__(self, cache, split, taught=False):
        cache = Path(cache)
        self.records = json.loads((cache / f"{split}{'.taught' if taught else ''}.json").read_text())
        self.bytes = np.memmap(cache / f"{split}.u8", np.uint8, "r")

    def __len__(self):
        return len(self.records)

    def pixels(self, i):
        r = self.records[i]
        shape = (r["height"], r["width"], 3)
        return self.bytes[r["offset"]:r["offset"] + shape[0] * shape[1] * 3].reshape(shape)

    def labels(self, i):
        """Corner boxes [n, 4] and whether each is a region to ignore [n]."""
        r = self.records[i]
        return np.array(r["boxes"], np.float32).reshape(-1, 4), np.array(r["crowd"], bool)
