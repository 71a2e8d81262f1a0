"""Cut a trained network down to a smaller shape: whole channels go, the least active first.

How active a channel is follows from its batch norm alone: with mean β and deviation γ before the ReLU, the mean square after
it is that of a rectified normal variable. Channels that are added to each other stay or go together. What comes out is a
check-point for `train.py --start`, which heals it; without healing it is of no use.
"""

import argparse
import math
from pathlib import Path

import torch

from distil import Adapters
from net import Person, Shape

TINY = Shape(widths=(8, 16, 32, 64, 96), neck=32, head=32)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--state", type=Path, required=True, help="check-point of the large network")
    p.add_argument("--out", type=Path, required=True, help="check-point of the small one")
    a = p.parse_args()
    state = torch.load(a.state, weights_only=True)
    large, small = Person(Shape.of(state)), Person(TINY)
    large.load_state_dict(state["average"])
    wide, narrow = Adapters(large.shape.neck), Adapters(TINY.neck)
    wide.load_state_dict(state["adapters"])
    prune(large, small, wide, narrow)
    torch.save({"shape": TINY.record(), "average": small.state_dict(), "adapters": narrow.state_dict()}, a.out)
    sizes = [sum(p.numel() for p in net.parameters()) for net in (large, small)]
    print(f"{sizes[0]} parameters → {sizes[1]}")


@torch.no_grad()
def prune(large, small, wide, narrow):
    """Fill `small` with the most active channels of `large`, and the adapters likewise. Follows `Person.features`."""
    x = torch.arange(3)
    for old, new in zip(large.stem, small.stem):
        x = unit(old, new, x)
    c8 = stage(large.stage8, small.stage8, x)
    c16 = stage(large.stage16, small.stage16, c8)
    c32 = stage(large.stage32, small.stage32, c16)
    # Sums: lateral 1 and 2 and the way down to 32; lateral 0, the middle of the neck and the way down to 16.
    deep = strongest([large.lateral[1], large.lateral[2], large.down[1]], small.shape.neck)
    middle = strongest([large.lateral[0], large.mix[0].leave, large.down[0]], small.shape.neck)
    for i, (into, out) in enumerate(((c8, middle), (c16, deep), (c32, deep))):
        unit(large.lateral[i], small.lateral[i], into, out)
    split(large.mix[0], small.mix[0], deep, middle)
    p8 = split(large.mix[1], small.mix[1], middle)
    unit(large.down[0], small.down[0], p8, middle)
    n16 = split(large.mix[2], small.mix[2], middle)
    unit(large.down[1], small.down[1], n16, deep)
    n32 = split(large.mix[3], small.mix[3], deep)
    for i, into in enumerate((p8, n16, n32)):
        hidden = unit(large.head[i][0], small.head[i][0], into)
        conv(large.head[i][1], small.head[i][1], hidden, torch.arange(5))
        conv(wide[i], narrow[i], into, torch.arange(wide[i].out_channels))


def stage(old, new, x):
    """A way down, a split, and at the last stage a pool. Takes and gives the channels kept."""
    x = split(old[1], new[1], unit(old[0], new[0], x))
    return pool(old[2], new[2], x) if len(old) > 2 else x


def split(old, new, x, out=None):
    parts = [unit(old.aside, new.aside, x), unit(old.enter, new.enter, x)]
    for before, after in zip(old.steps, new.steps):
        parts.append(unit(before, after, parts[-1]))
    return unit(old.leave, new.leave, joined(parts, old.aside[0].out_channels), out)


def pool(old, new, x):
    parts = [unit(old.enter, new.enter, x)] * 4
    return unit(old.leave, new.leave, joined(parts, old.enter[0].out_channels))


def joined(parts, width):
    """Where the kept channels of equally wide parts lie when these are concatenated."""
    return torch.cat([part + i * width for i, part in enumerate(parts)])


def unit(old, new, x, out=None):
    """Copy the kept channels of a convolution with its batch norm; without `out`, its own strongest are kept."""
    out = strongest([old], new[0].out_channels) if out is None else out
    conv(old[0], new[0], x, out)
    for name in ("weight", "bias", "running_mean", "running_var"):
        getattr(new[1], name).copy_(getattr(old[1], name)[out])
    return out


def conv(old, new, x, out):
    new.weight.copy_(old.weight[out][:, x])
    if old.bias is not None:
        new.bias.copy_(old.bias[out])


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
