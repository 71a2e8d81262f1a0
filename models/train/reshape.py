"""Cut a trained network down to a smaller shape, or let it grow into a larger one.

`prune` keeps whole channels, the most active ones. How active a channel is follows from its batch norm alone: with mean β and
deviation γ before the ReLU, the mean square after it is that of a rectified normal variable. Without healing
(`train.py --start`) what comes out is of no use.

`grow` gives a trained network new channels to learn with. They see everything and are heard by each other only at first,
so that the answers stay the same.

Channels that are added to each other stay or go together.
"""

import argparse
import math
from pathlib import Path

import torch

from distil import Adapters
from net import SHAPES, Person, Shape

SHAPES = SHAPES | {"tiny": Shape(widths=(8, 16, 32, 64, 96), neck=32, head=32)}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("step", choices=["prune", "grow"])
    p.add_argument("--state", type=Path, required=True, help="check-point of the trained network")
    p.add_argument("--shape", choices=SHAPES, required=True, help="the shape wanted")
    p.add_argument("--out", type=Path, required=True, help="check-point to write")
    a = p.parse_args()
    torch.manual_seed(0)
    state, shape = torch.load(a.state, weights_only=True, map_location="cpu"), SHAPES[a.shape]
    old, new = Person(Shape.of(state)), Person(shape)
    old.load_state_dict(state["average"])
    old_adapters, new_adapters = Adapters(old.shape.neck), Adapters(shape.neck)
    old_adapters.load_state_dict(state["adapters"])
    (prune if a.step == "prune" else grow)(old, new, old_adapters, new_adapters)
    torch.save({"shape": shape.record(), "average": new.state_dict(), "adapters": new_adapters.state_dict()}, a.out)
    sizes = [sum(p.numel() for p in net.parameters()) for net in (old, new)]
    print(f"{sizes[0]} parameters → {sizes[1]}")


def prune(large, small, wide, narrow):
    """Fill `small` with the most active channels of `large`, and the adapters likewise."""
    Walk(strongest, cut).network(large, small, wide, narrow)


def grow(small, large, narrow, wide):
    """Put `small` into the first channels of `large`, whose others begin at random."""
    Walk(first, put).network(large, small, wide, narrow)


class Walk:
    """Goes through two networks as `Person.features` does, and says which channels of the large one are the small one's.

    `choose(units, count)` picks them for units of the large network whose outputs are added; `copy(large, small, x, out)` moves
    weights between two layers, given the chosen channels of input and output.
    """

    def __init__(self, choose, copy):
        self.choose, self.copy = choose, copy

    @torch.no_grad()
    def network(self, large, small, wide, narrow):
        x = torch.arange(3)
        for pair in zip(large.stem, small.stem):
            x = self.unit(*pair, x)
        c8 = self.stage(large.stage8, small.stage8, x)
        c16 = self.stage(large.stage16, small.stage16, c8)
        c32 = self.stage(large.stage32, small.stage32, c16)
        # Sums: lateral 1 and 2 and the way down to 32; lateral 0, the middle of the neck and the way down to 16.
        deep = self.choose([large.lateral[1], large.lateral[2], large.down[1]], small.shape.neck)
        middle = self.choose([large.lateral[0], large.mix[0].leave, large.down[0]], small.shape.neck)
        for i, (into, out) in enumerate(((c8, middle), (c16, deep), (c32, deep))):
            self.unit(large.lateral[i], small.lateral[i], into, out)
        self.split(large.mix[0], small.mix[0], deep, middle)
        p8 = self.split(large.mix[1], small.mix[1], middle)
        self.unit(large.down[0], small.down[0], p8, middle)
        n16 = self.split(large.mix[2], small.mix[2], middle)
        self.unit(large.down[1], small.down[1], n16, deep)
        n32 = self.split(large.mix[3], small.mix[3], deep)
        for i, into in enumerate((p8, n16, n32)):
            hidden = self.unit(large.head[i][0], small.head[i][0], into)
            self.copy(large.head[i][1], small.head[i][1], hidden, torch.arange(5))
            self.copy(wide[i], narrow[i], into, torch.arange(wide[i].out_channels))

    def stage(self, large, small, x):
        """A way down, a split, and at the last stage a pool. Takes and gives chosen channels, as all below do."""
        x = self.split(large[1], small[1], self.unit(large[0], small[0], x))
        return self.pool(large[2], small[2], x) if len(large) > 2 else x

    def split(self, large, small, x, out=None):
        parts = [self.unit(large.aside, small.aside, x), self.unit(large.enter, small.enter, x)]
        for pair in zip(large.steps, small.steps):
            parts.append(self.unit(*pair, parts[-1]))
        return self.unit(large.leave, small.leave, joined(parts, large.aside[0].out_channels), out)

    def pool(self, large, small, x):
        parts = [self.unit(large.enter, small.enter, x)] * 4
        return self.unit(large.leave, small.leave, joined(parts, large.enter[0].out_channels))

    def unit(self, large, small, x, out=None):
        """A convolution with its batch norm; without `out` its channels are chosen by themselves."""
        out = self.choose([large], small[0].out_channels) if out is None else out
        self.copy(large[0], small[0], x, out)
        self.copy(large[1], small[1], None, out)
        return out


def joined(parts, width):
    """Where the chosen channels of equally wide parts lie when these are concatenated."""
    return torch.cat([part + i * width for i, part in enumerate(parts)])


def cut(large, small, x, out):
    """From the large layer to the small one; a norm has no `x`."""
    for name, value in small.state_dict(keep_vars=True).items():
        if value.ndim:
            kept = getattr(large, name)[out]
            value.copy_(kept[:, x] if value.ndim == 4 else kept)


def put(large, small, x, out):
    """From the small layer into the large one; its own outputs do not listen to new inputs yet."""
    for name, value in small.state_dict(keep_vars=True).items():
        target = getattr(large, name)
        if value.ndim == 4:
            target[out] = 0.0
            target[out[:, None], x] = value
        elif value.ndim:
            target[out] = value


def first(_, count):
    return torch.arange(count)


def strongest(units, count):
    """The most active channels of units whose outputs are added, in ascending order."""
    activity = sum(activity_after_relu(u[1].bias, u[1].weight.abs()) for u in units)
    return activity.topk(count).indices.sort().values


def activity_after_relu(mean, deviation):
    """E[max(x, 0)²] for x normal: (μ² + σ²) Φ(μ/σ) + μ σ φ(μ/σ)."""
    z = mean / deviation.clamp(min=1e-6)
    below = torch.distributions.Normal(0.0, 1.0).cdf(z)
    density = torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi)
    return (mean.square() + deviation.square()) * below + mean * deviation * density


if __name__ == "__main__":
    main()
