"""What the shapes of net.py cost before they are trained: parameters, multiplications, time of one inference in fp32 and INT8.

Times are the least of many rounds in which all models take turns on one thread, as a share of a reference model's: on a
busy machine only that can be compared.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import CalibrationDataReader
from torch import nn

from export import Exported, folded, write_onnx
from net import SHAPES, Person
from quantise import quantise
from teachers import session

SIZE = (416, 256)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--reference", type=Path, required=True, help="ONNX file whose time is 1")
    p.add_argument("--rounds", type=int, default=60)
    a = p.parse_args()
    sessions = {("reference", ""): session(a.reference)}
    with tempfile.TemporaryDirectory() as work:
        for name, shape in SHAPES.items():
            paths = write_both(fresh(shape), Path(work) / name)
            sessions |= {(name, kind): session(path) for kind, path in paths.items()}
        times = take_turns(sessions, a.rounds)
    unit = times["reference", ""]
    print(f"reference {1e3 * unit:.1f} ms")
    for name, shape in SHAPES.items():
        net = Person(shape)
        print(f"{name:10} {sum(p.numel() for p in net.parameters()) / 1e6:.2f} M parameters  {multiplications(net) / 1e6:.0f} M "
              f"multiplications  fp32 {times[name, 'fp32'] / unit:.2f}  INT8 {times[name, 'int8'] / unit:.2f}")


def fresh(shape):
    """A network with weights that differ from each other; equal ones would be shared in the file, and not quantised."""
    net = Person(shape)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    return {"shape": shape.record(), "average": net.state_dict()}


def write_both(state, stem):
    fp32, int8 = stem.with_suffix(".onnx"), stem.with_suffix(".int8.onnx")
    write_onnx(Exported(folded(state, 0.5)).eval(), fp32, SIZE)
    quantise(fp32, int8, Noise(), "minmax")
    return {"fp32": fp32, "int8": int8}


class Noise(CalibrationDataReader):
    def __init__(self):
        self.left = 4

    def get_next(self):
        self.left -= 1
        return {"images": noise((1, 3, SIZE[1], SIZE[0]))} if self.left >= 0 else None


def noise(shape):
    return np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)


def picture(port):
    """Noise for a session's input, of the nominal size where the file leaves its size open."""
    shape = [side if isinstance(side, int) else nominal for side, nominal in zip(port.shape, (1, 3, SIZE[1], SIZE[0]))]
    return {port.name: noise(shape).astype(np.uint8 if "uint8" in port.type else np.float32)}


def take_turns(sessions, rounds):
    """The least time of each, in seconds."""
    least = dict.fromkeys(sessions, float("inf"))
    pictures = {key: picture(s.get_inputs()[0]) for key, s in sessions.items()}
    for _ in range(rounds):
        for key, one in sessions.items():
            began = time.perf_counter()
            one.run([one.get_outputs()[0].name], pictures[key])
            least[key] = min(least[key], time.perf_counter() - began)
    return least


def multiplications(net):
    count = [0]

    def add(module, _, out):
        count[0] += out.shape[2] * out.shape[3] * module.weight.numel()

    hooks = [m.register_forward_hook(add) for m in net.modules() if isinstance(m, nn.Conv2d)]
    net.eval()(torch.zeros(1, 3, SIZE[1], SIZE[0]))
    for hook in hooks:
        hook.remove()
    return count[0]


if __name__ == "__main__":
    main()
