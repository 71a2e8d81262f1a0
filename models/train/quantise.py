"""Turn an exported fp32 model into INT8: static quantisation, activations as u8 and weights as s8, one scale a channel.

The ranges of the activations are measured on pictures of `train` alone, one of each group of near-duplicates, brought to
the model's input as the daemon does it. The last layer of each head stays fp32: box sizes are logarithms, and 256 steps
over their range cost accuracy where boxes must be tight, while the layer costs next to nothing. The input takes the camera's
bytes as they are: their scale is one, and nothing between the two has to be floating point.
"""

import argparse
import hashlib
import re
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

from detector import Detector
from pictures import Pictures

# Nodes outside the network's own modules, in the names that export.py's tracing gives.
FLOAT = re.compile(r"/(box|score)\.\d+/|/(Sigmoid|Concat|Reshape|Transpose)(_\d+)?$")
METHODS = {"minmax": (CalibrationMethod.MinMax, {}),
           "percentile": (CalibrationMethod.Percentile, {"CalibPercentile": 99.999}),
           "entropy": (CalibrationMethod.Entropy, {})}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--manifest", type=Path, required=True, help="of the fp32 model")
    p.add_argument("--out", type=Path, required=True, help="folder for model.onnx and manifest.toml")
    p.add_argument("--name", default="person")
    p.add_argument("--cache", type=Path, required=True)
    p.add_argument("--pictures", type=int, default=256)
    p.add_argument("--method", choices=METHODS, default="percentile")
    a = p.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    source = Detector(a.manifest)
    path = a.out / "model.onnx"
    quantise(a.manifest.parent / source.manifest["file"], path, Calibration(source, a.cache, a.pictures), a.method)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (a.out / "manifest.toml").write_text(renamed(a.manifest.read_text(), a.name, digest))
    print(f"{path}: {path.stat().st_size} bytes, sha256 {digest}")


def quantise(source, path, calibration, method):
    graph = onnx.load(source).graph
    algorithm, options = METHODS[method]
    quantize_static(str(source), str(path), calibration, quant_format=QuantFormat.QDQ, per_channel=True,
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, calibrate_method=algorithm,
                    nodes_to_exclude=[n.name for n in graph.node if FLOAT.match(n.name)], extra_options=options)
    model = fed_with_bytes(onnx.load(path))
    model.producer_name, model.doc_string = "watchpost models/train", ""
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def fed_with_bytes(model):
    """The model without the node that turns its input into bytes: the input is bytes already, each of them one step."""
    graph = model.graph
    picture = graph.input[0]
    [node] = [n for n in graph.node if picture.name in n.input]
    assert node.op_type == "QuantizeLinear", f"the input goes into {node.op_type}"
    _, scale, zero = node.input
    values = {i.name: i for i in graph.initializer}
    assert numpy_helper.to_array(values[zero]) == 0, "black is zero"
    values[scale].CopyFrom(numpy_helper.from_array(np.float32(1), scale))
    for user in graph.node:
        user.input[:] = [picture.name if name == node.output[0] else name for name in user.input]
    graph.node.remove(node)
    picture.type.tensor_type.elem_type = TensorProto.UINT8
    return model


def renamed(manifest, name, digest):
    """The manifest of the fp32 model with another name and digest, and an input of bytes."""
    manifest = re.sub(r'(?m)^name = "[^"]*"', f'name = "{name}"', manifest, count=1)
    manifest = re.sub(r'(?m)^color = .*$', r'\g<0>\ndtype = "u8"', manifest, count=1)
    return re.sub(r'(?m)^sha256 = .*$', f'sha256 = "{digest}"', manifest, count=1)


class Calibration(CalibrationDataReader):
    """Pictures of `train`, one a group, in a fixed random order; the last of them ends the iteration.

    The runtime wants them in inputs of one size: the one that most of them have.
    """

    def __init__(self, detector, cache, count, seed=0):
        self.detector, self.pictures = detector, Pictures(cache, "train")
        firsts = {r["group"]: i for i, r in reversed(list(enumerate(self.pictures.records)))}
        records = self.pictures.records
        size = {i: detector.size(records[i]["width"], records[i]["height"]) for i in firsts.values()}
        [(common, share)] = Counter(size.values()).most_common(1)
        print(f"ranges from inputs of {common[0]}x{common[1]}, which {share} of {len(size)} groups of pictures have")
        alike = sorted(i for i in size if size[i] == common)
        self.left = np.random.default_rng(seed).permutation(alike)[:count].tolist()

    def get_next(self):
        if not self.left:
            return None
        tensor, _ = self.detector.tensor(np.ascontiguousarray(self.pictures.pixels(self.left.pop())))
        return {self.detector.input["name"]: tensor}


if __name__ == "__main__":
    main()
