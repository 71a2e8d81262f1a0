"""The detector: plain 3×3 and 1×1 convolutions with batch norm and ReLU, three strides, one class, no anchors.

Dense convolutions rather than depthwise ones: they cost more multiplications, but both training on a CPU with matrix
units and INT8 inference run them several times faster for each. Everything below is Conv, ReLU, Add, Concat, MaxPool and
nearest-neighbour Resize, which every runtime has.
"""

import math
from dataclasses import asdict, dataclass
from functools import partial

import torch
from torch import nn

STRIDES = (8, 16, 32)


@dataclass(frozen=True)
class Shape:
    """How wide and deep a network is; kept in every check-point, so that a pruned one can be built again."""

    widths: tuple = (16, 32, 64, 128, 192)   # channels at strides 2, 4, 8, 16, 32
    depths: tuple = (2, 3, 2)                # 3×3 steps at strides 8, 16, 32
    neck: int = 64
    head: int = 64
    block: str = "dense"                     # or "depthwise": 3×3 a channel, then 1×1 across
    activation: str = "relu"                 # or "silu", "hardswish"

    @classmethod
    def of(cls, state):
        """The shape that `asdict` wrote into a check-point."""
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in state["shape"].items()})

    def record(self):
        return asdict(self)


# What was compared, all but `narrow` at about the same time of one inference in INT8 (see docs/model.md).
SHAPES = {
    "person": Shape(),
    "narrow": Shape(widths=(16, 24, 48, 96, 160), neck=48, head=48),
    "deep": Shape(widths=(16, 28, 56, 112, 160), depths=(3, 4, 3), neck=56, head=56),
    "thin-head": Shape(widths=(16, 32, 68, 144, 216), neck=64, head=32),
    "depthwise": Shape(widths=(16, 32, 72, 144, 224), neck=72, head=72, block="depthwise"),
    "silu": Shape(widths=(16, 28, 56, 112, 168), neck=56, head=56, activation="silu"),
}
ACTIVATIONS = {"relu": nn.ReLU, "silu": nn.SiLU, "hardswish": nn.Hardswish}


class Unit(nn.Sequential):
    """Convolution, batch norm, activation."""

    def __init__(self, i, o, size=3, stride=1, activation="relu", groups=1):
        super().__init__(nn.Conv2d(i, o, size, stride, size // 2, groups=groups, bias=False),
                         nn.BatchNorm2d(o, eps=1e-3, momentum=0.03), ACTIVATIONS[activation](inplace=True))


class Depthwise(nn.Sequential):
    """The cheaper 3×3: each channel by itself, then 1×1 across them."""

    def __init__(self, i, o, activation):
        super().__init__(Unit(i, i, 3, 1, activation, groups=i), Unit(i, o, 1, 1, activation))


class Split(nn.Module):
    """Half of the channels pass by, half go through 3×3 convolutions; every intermediate result is kept and 1×1 mixes."""

    def __init__(self, i, o, depth, block="dense", activation="relu"):
        super().__init__()
        half = o // 2
        step = partial(Unit, size=3, stride=1) if block == "dense" else Depthwise
        self.aside = Unit(i, half, 1, 1, activation)
        self.enter = Unit(i, half, 1, 1, activation)
        self.steps = nn.ModuleList(step(half, half, activation=activation) for _ in range(depth))
        self.leave = Unit(half * (2 + depth), o, 1, 1, activation)

    def forward(self, x):
        parts = [self.aside(x), self.enter(x)]
        for step in self.steps:
            parts.append(step(parts[-1]))
        return self.leave(torch.cat(parts, 1))


class Pool(nn.Module):
    """Context: three 5×5 max pools in a row, all kept."""

    def __init__(self, width, activation="relu"):
        super().__init__()
        self.enter = Unit(width, width // 2, 1, 1, activation)
        self.pool = nn.MaxPool2d(5, 1, 2)
        self.leave = Unit(width * 2, width, 1, 1, activation)

    def forward(self, x):
        parts = [self.enter(x)]
        for _ in range(3):
            parts.append(self.pool(parts[-1]))
        return self.leave(torch.cat(parts, 1))


class Person(nn.Module):
    """RGB 0–255 [n, 3, h, w] to raw rows [n, cells, 5]: x, y, w, h as in YOLOX, and the score before its sigmoid."""

    def __init__(self, shape=Shape()):
        super().__init__()
        self.shape = shape
        w2, w4, w8, w16, w32 = shape.widths
        d8, d16, d32 = shape.depths
        neck, hidden = shape.neck, shape.head
        unit = partial(Unit, activation=shape.activation)
        split = partial(Split, block=shape.block, activation=shape.activation)
        step = unit if shape.block == "dense" else partial(Depthwise, activation=shape.activation)
        self.scale = 128.0   # no mean is taken off, so that zero padding stays zero when this is folded
        self.stem = nn.Sequential(unit(3, w2, 3, 2), unit(w2, w4, 3, 2))
        self.stage8 = nn.Sequential(unit(w4, w8, 3, 2), split(w8, w8, d8))
        self.stage16 = nn.Sequential(unit(w8, w16, 3, 2), split(w16, w16, d16))
        self.stage32 = nn.Sequential(unit(w16, w32, 3, 2), split(w32, w32, d32), Pool(w32, shape.activation))
        self.lateral = nn.ModuleList(unit(w, neck, 1) for w in (w8, w16, w32))
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.down = nn.ModuleList(unit(neck, neck, 3, 2) for _ in range(2))
        self.mix = nn.ModuleList(split(neck, neck, 1) for _ in range(4))
        self.head = nn.ModuleList(nn.Sequential(step(neck, hidden), nn.Conv2d(hidden, 5, 1)) for _ in STRIDES)
        self.initialise()

    def initialise(self):
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
        for head in self.head:
            nn.init.normal_(head[-1].weight, std=0.01)
            with torch.no_grad():
                head[-1].bias.copy_(torch.tensor([0.5, 0.5, math.log(3), math.log(5), -math.log(99)]))

    def features(self, images):
        """What the heads look at, for each stride."""
        if self.scale != 1:
            images = images / self.scale
        c8 = self.stage8(self.stem(images))
        c16 = self.stage16(c8)
        p32 = self.lateral[2](self.stage32(c16))
        p16 = self.mix[0](self.lateral[1](c16) + self.up(p32))
        p8 = self.mix[1](self.lateral[0](c8) + self.up(p16))
        n16 = self.mix[2](p16 + self.down[0](p8))
        n32 = self.mix[3](p32 + self.down[1](n16))
        return p8, n16, n32

    def forward(self, images):
        return self.answer(self.features(images))

    def answer(self, features):
        """The heads' rows for what `features` gave."""
        return torch.cat([rows(head(x)) for head, x in zip(self.head, features)], 1)


def rows(maps):
    """Channels [n, k, h, w] to rows [n, h·w, k]."""
    n, k, h, w = maps.shape
    return maps.reshape(n, k, h * w).transpose(1, 2)


def cells(height, width, device="cpu"):
    """Column, row and stride of every output row, shape [cells, 3], in the order of the output."""
    rows = []
    for stride in STRIDES:
        y, x = torch.meshgrid(torch.arange(height // stride), torch.arange(width // stride), indexing="ij")
        rows.append(torch.stack([x, y, torch.full_like(x, stride)], -1).view(-1, 3))
    return torch.cat(rows).float().to(device)


def corners(raw, cell):
    """Raw x, y, w, h [..., cells, 4] to corner boxes in input pixels."""
    stride = cell[:, 2:]
    centre = (raw[..., :2] + cell[:, :2]) * stride
    half = raw[..., 2:4].clamp(-5, 5).exp() * stride / 2
    return torch.cat([centre - half, centre + half], -1)
