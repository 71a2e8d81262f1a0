"""Turn an exported fp32 model back into a check-point, for `train.py --start`: to go on with a model, or to teach it your scenes.

The file holds convolutions into which batch norm was folded. To train on, the norms are put back in such a way that the
network's answers stay the same: each takes the mean and deviation that its convolution has on training pictures, and gives
back what it takes away.
"""

import argparse
from pathlib import Path

import cv2
import onnx
import torch
from onnx import numpy_helper

from distil import Adapters
from net import Person, Shape, Unit
from samples import Samples

BATCHES, BATCH, SIZE = 12, 16, (256, 416)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=Path, required=True, help="model.onnx of an fp32 model that export.py wrote")
    p.add_argument("--cache", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True, help="check-point to write")
    p.add_argument("--raw-labels", action="store_true")
    a = p.parse_args()
    cv2.setNumThreads(0)
    net = reopened(weights_of(a.model), views(Samples(a.cache, not a.raw_labels, seed=0)))
    torch.save({"shape": net.shape.record(), "average": net.state_dict(),
                "adapters": Adapters(net.shape.neck).state_dict()}, a.out)
    print(f"{a.out}: {sum(p.numel() for p in net.parameters())} parameters")


def weights_of(path):
    return {w.name: torch.from_numpy(numpy_helper.to_array(w).copy()) for w in onnx.load(path).graph.initializer}


def views(samples):
    """Batches of images [n, 3, h, w] as training sees them."""
    for _ in range(BATCHES):
        seen, *_ = samples.batch(BATCH, SIZE, 0.0, (0.6, 1.8))
        yield torch.from_numpy(seen).permute(0, 3, 1, 2).float()


@torch.no_grad()
def reopened(weights, batches):
    net = Person(shape_of(weights)).eval()
    units = {name: m for name, m in net.named_modules() if isinstance(m, Unit)}
    for name, (conv, norm, _) in units.items():
        conv.weight.copy_(weights[f"net.{name}.0.weight"])
        norm.bias.copy_(weights[f"net.{name}.0.bias"])
    net.stem[0][0].weight *= net.scale
    for i, head in enumerate(net.head):
        for kind in ("weight", "bias"):
            getattr(head[-1], kind).copy_(torch.cat([weights[f"{part}.{i}.{kind}"] for part in ("box", "score")]))
    renormalise(units.values(), measured(net, units.values(), batches))
    return net


def shape_of(weights):
    """The shape of the network that these weights are of; dense blocks and ReLU, which is all that was ever exported."""
    def out(name):
        return weights[f"net.{name}.0.weight"].shape[0]

    def depth(name):
        return sum(key.startswith(f"net.{name}.steps.") and key.endswith(".weight") for key in weights)

    return Shape(widths=(out("stem.0"), out("stem.1"), out("stage8.1.leave"), out("stage16.1.leave"), out("stage32.1.leave")),
                 depths=(depth("stage8.1"), depth("stage16.1"), depth("stage32.1")),
                 neck=out("lateral.0"), head=out("head.0.0"))


def measured(net, units, batches):
    """Mean and variance of each unit's convolution over all batches, with norms that do nothing but add the bias."""
    sums = {id(conv): [0, 0.0, 0.0] for conv, _, _ in units}

    def add(conv, _, out):
        count = sums[id(conv)]
        count[0] += out.numel() // out.shape[1]
        count[1] += out.double().sum((0, 2, 3))
        count[2] += out.double().square().sum((0, 2, 3))

    for _, norm, _ in units:
        norm.running_var.fill_(1 - norm.eps)
    hooks = [conv.register_forward_hook(add) for conv, _, _ in units]
    for images in batches:
        net(images)
    for hook in hooks:
        hook.remove()
    return {key: ((s / n).float(), (q / n - (s / n).square()).clamp(min=1e-8).float()) for key, (n, s, q) in sums.items()}


def renormalise(units, statistics):
    for conv, norm, _ in units:
        mean, variance = statistics[id(conv)]
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_((variance + norm.eps).sqrt())
        norm.bias.add_(mean)


if __name__ == "__main__":
    main()
