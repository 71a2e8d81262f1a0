"""Write a check-point's averaged weights as ONNX: batch norm and normalisation folded in, plain operators, and a manifest.

`--half` names the network's own score that is to read 0.5 afterwards (chosen on `val`, see evaluate.py): a constant is
added before the sigmoid, which changes no order and no AP.
"""

import argparse
import hashlib
import math
from pathlib import Path

import onnx
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from net import STRIDES, Person, Shape, Unit

MANIFEST = """\
schema = "watchpost.model/1"
name = "{name}"
version = "{version}"
file = "model.onnx"
sha256 = "{sha256}"
license = "MIT OR Apache-2.0"
source = "trained from scratch by models/train"

[input]
name = "images"
width = {width}
height = {height}
multiple_of = {multiple_of}
layout = "nchw"
color = "rgb"
mean = [0.0, 0.0, 0.0]
std = [1.0, 1.0, 1.0]
fit = "letterbox"
align = "center"
pad = 114

[output]
family = "yolox"
names = ["output"]
strides = {strides}
classes = 1
person = 0
objectness = false
activation = "none"
nms_iou = 0.45

[embedding]
name = "embedding"
size = {embedding}

[accuracy]
dataset = "coco-person-val"
images = 0
ap = 0.0
ap50 = 0.0
ap_small = 0.0
ap_medium = 0.0
ap_large = 0.0

[limits]
ap50_min = {ap50_min}
retained_min = 0.5
false_alarms_max = 0.3
resident_mb_max = 120.0
"""


class Exported(nn.Module):
    """The folded network: rows as in YOLOX without the objectness column, scores through the sigmoid; and what each row
    was read from, the features that a device can learn from. They cost nothing: the network has them anyway.

    Each head's last convolution is taken apart into box and score, so that nothing needs slicing afterwards.
    """

    def __init__(self, net):
        super().__init__()
        self.net = net
        self.box = nn.ModuleList(part(head[-1], slice(0, 4)) for head in net.head)
        self.score = nn.ModuleList(part(head[-1], slice(4, 5)) for head in net.head)

    def forward(self, images):
        out, seen = [], []
        for head, box, score, x in zip(self.net.head, self.box, self.score, self.net.features(images)):
            x = head[0](x)
            seen.append(rows(x, score.in_channels))
            out.append(rows(torch.cat([box(x), score(x).sigmoid()], 1), 5))
        return torch.cat(out, 1), torch.cat(seen, 1)


def rows(maps, channels):
    """As in net.py, of one picture; with the channels given, so that the size of the maps stays open in the file."""
    return maps.reshape(1, channels, -1).transpose(1, 2)


def part(conv, channels):
    """A 1×1 convolution that computes some of another's output channels."""
    own = nn.Conv2d(conv.in_channels, channels.stop - channels.start, 1)
    own.weight, own.bias = (nn.Parameter(t[channels].detach().clone()) for t in (conv.weight, conv.bias))
    return own


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--state", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True, help="folder for model.onnx and manifest.toml")
    p.add_argument("--name", default="person")
    p.add_argument("--version", default="0.1.0")
    p.add_argument("--size", type=int, nargs=2, default=(416, 256), metavar=("WIDTH", "HEIGHT"), help="nominal one of the input; multiples of 32")
    p.add_argument("--ap50-min", type=float, default=30.0, help="AP50 on the user's own pictures, below which the gate refuses the model")
    p.add_argument("--half", type=float, default=0.5, help="the network's score that shall read 0.5")
    a = p.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    net = folded(torch.load(a.state, weights_only=True, map_location="cpu"), a.half)
    path = a.out / "model.onnx"
    write_onnx(Exported(net).eval(), path, a.size)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (a.out / "manifest.toml").write_text(MANIFEST.format(
        name=a.name, version=a.version, sha256=digest, width=a.size[0], height=a.size[1], multiple_of=max(STRIDES), strides=list(STRIDES),
        embedding=net.shape.head, ap50_min=a.ap50_min))
    print(f"{path}: {path.stat().st_size} bytes, sha256 {digest}")


def folded(state, half):
    net = Person(Shape.of(state)).eval()
    net.load_state_dict(state["average"])
    for module in net.modules():
        if isinstance(module, Unit):
            module[0], module[1] = fuse_conv_bn_eval(module[0], module[1]), nn.Identity()
    with torch.no_grad():
        net.stem[0][0].weight /= net.scale
        net.scale = 1.0
        for head in net.head:
            head[-1].bias[4] -= math.log(half / (1 - half))
    return net


def write_onnx(net, path, size):
    width, height = size
    torch.onnx.export(net, (torch.zeros(1, 3, height, width),), str(path), input_names=["images"],
                      output_names=["output", "embedding"], opset_version=13, dynamo=False,
                      dynamic_axes={"images": {2: "height", 3: "width"}, "output": {1: "cells"}, "embedding": {1: "cells"}})
    model = onnx.load(path)
    model.producer_name, model.doc_string = "watchpost models/train", ""
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
    print("operators:", " ".join(sorted({n.op_type for n in model.graph.node})))


if __name__ == "__main__":
    main()
