"""Run published detectors over a picture: RGB bytes in, person boxes and scores out. The pre-processing is each one's own.

`Committee` asks all of them and fuses what they say; a box that many of them draw alike gets a high score.
"""

import cv2
import numpy as np
import onnx
import onnxruntime

import boxes

IMAGENET_MEAN = np.array([123.675, 116.28, 103.53], np.float32)
IMAGENET_STD = np.array([58.395, 57.12, 57.375], np.float32)
FUSE_IOU = 0.6          # overlap from which two members speak of one person


def session(model, threads=1):
    """`model` is a path, or the bytes of a model."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model if isinstance(model, bytes) else str(model), options,
                                        providers=["CPUExecutionProvider"])


class RtmDet:
    """RTMDet-nano, person only, suppression inside the graph; letterboxed to a square, top left, BGR."""

    def __init__(self, path, side):
        self.session, self.side = session(path), side

    def __call__(self, rgb):
        height, width = rgb.shape[:2]
        scale, _, _ = boxes.letterbox(width, height, self.side, self.side, "top_left")
        canvas = np.full((self.side, self.side, 3), 114, np.uint8)
        small = cv2.resize(rgb, (round(width * scale), round(height * scale)))
        canvas[:small.shape[0], :small.shape[1]] = small
        found = self.session.run(["dets"], {"input": normalised(canvas[None])})[0][0]
        return clip(found[:, :4] / scale, width, height), found[:, 4]


class Deim:
    """DEIMv2-femto, 80 classes, no suppression needed; stretched to its square, RGB."""

    SIDE, PERSON = 416, 0

    def __init__(self, path, mirrored=False):
        self.session, self.mirrored = session(path), mirrored

    def __call__(self, rgb):
        height, width = rgb.shape[:2]
        seen = rgb[:, ::-1] if self.mirrored else rgb
        tensor = cv2.resize(np.ascontiguousarray(seen), (self.SIDE, self.SIDE))
        tensor = tensor.astype(np.float32).transpose(2, 0, 1)[None] / 255
        labels, found, scores = (o[0] for o in self.session.run(
            ["labels", "boxes", "scores"],
            {"images": tensor, "orig_target_sizes": np.array([[width, height]], np.int64)}))
        found, scores = found[labels == self.PERSON], scores[labels == self.PERSON]
        if self.mirrored:
            found = found[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + [width, 0, width, 0]
        return clip(found, width, height), scores


class PicoDet:
    """PicoDet-S, 80 classes, distances as distributions over 8 bins; stretched to its square, RGB."""

    SIDE, PERSON, STRIDES, BINS, CANDIDATES = 416, 0, (8, 16, 32, 64), 8, 300

    def __init__(self, path):
        # The file lists its weights among its inputs, which keeps them from being folded.
        model = onnx.load(path)
        weights = {w.name for w in model.graph.initializer}
        for listed in [i for i in model.graph.input if i.name in weights]:
            model.graph.input.remove(listed)
        self.session = session(model.SerializeToString())

    def __call__(self, rgb):
        height, width = rgb.shape[:2]
        small = (cv2.resize(rgb, (self.SIDE, self.SIDE)) - IMAGENET_MEAN) / IMAGENET_STD
        out = self.session.run(None, {"image": np.ascontiguousarray(small.transpose(2, 0, 1)[None], np.float32)})
        found, scores = [], []
        for stride, score, spread in zip(self.STRIDES, out[:4], out[4:]):
            side = -(-self.SIDE // stride)
            y, x = np.divmod(np.arange(side * side), side)
            centre = (np.stack([x, y], 1) + 0.5) * stride
            share = np.exp(spread[0].reshape(-1, 4, self.BINS))
            reach = (share / share.sum(-1, keepdims=True)) @ np.arange(self.BINS) * stride
            found.append(np.concatenate([centre - reach[:, :2], centre + reach[:, 2:]], 1))
            scores.append(score[0, :, self.PERSON])
        found, scores = np.concatenate(found), np.concatenate(scores)
        best = np.argsort(-scores)[:self.CANDIDATES]
        keep = best[boxes.nms(found[best], scores[best], 0.6)]
        scale = np.array([width, height, width, height]) / self.SIDE
        return clip(found[keep] * scale, width, height), scores[keep]


class Committee:
    """Three families, six opinions; the fusion of them is better than any one (see models/README.md)."""

    def __init__(self, peers):
        rtmdet, deim = peers / "rtmdet_nano_person.onnx", peers / "deimv2_femto_416.onnx"
        self.members = [*(RtmDet(rtmdet, side) for side in (320, 416, 640)), Deim(deim), Deim(deim, mirrored=True),
                        PicoDet(peers / "picodet_s_416.onnx")]

    def __call__(self, rgb, least=0.03):
        """Boxes and scores 0–1, best first; what a member scores under `least` is not heard."""
        opinions = []
        for member in self.members:
            found, score = member(rgb)
            opinions.append((found[score >= least], score[score >= least]))
        return weighted_fusion(opinions)


def weighted_fusion(opinions):
    """Weighted boxes fusion (Solovyev et al. 2021, arXiv 1910.13302): one box a member and cluster, score = sum / members."""
    every = [(s, m, b) for m, (found, score) in enumerate(opinions) for b, s in zip(found, score)]
    every.sort(key=lambda e: -e[0])
    total, weight, heard = np.zeros((0, 4), np.float32), [], []
    for score, member, box in every:
        at = -1
        if len(total):
            mean = total / np.array(weight)[:, None]
            overlap = boxes.iou(box[None], mean)[0] * [member not in h for h in heard]
            at = int(overlap.argmax()) if overlap.max() > FUSE_IOU else -1
        if at < 0:
            total = np.concatenate([total, (box * score)[None]])
            weight.append(score)
            heard.append({member})
        else:
            total[at] += box * score
            weight[at] += score
            heard[at].add(member)
    weight = np.array(weight, np.float32)
    order = np.argsort(-weight, kind="stable")
    fused = total / weight[:, None] if len(weight) else total
    return fused[order].astype(np.float32), weight[order] / len(opinions)


def normalised(rgb):
    """RGB bytes [n, h, w, 3] to BGR planes less ImageNet's mean."""
    return np.ascontiguousarray(((rgb - IMAGENET_MEAN) / IMAGENET_STD)[..., ::-1].transpose(0, 3, 1, 2), np.float32)


def clip(b, width, height):
    return np.clip(b, 0, [width, height, width, height]).astype(np.float32)
