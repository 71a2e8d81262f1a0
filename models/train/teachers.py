"""Run published detectors over a picture: RGB bytes in, person boxes and scores out. The pre-processing is each one's own."""

import cv2
import numpy as np
import onnxruntime

import boxes

IMAGENET_MEAN = np.array([123.675, 116.28, 103.53], np.float32)
IMAGENET_STD = np.array([58.395, 57.12, 57.375], np.float32)


def session(path, threads=1):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


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
        tensor = ((canvas - IMAGENET_MEAN) / IMAGENET_STD)[..., ::-1].transpose(2, 0, 1)[None]
        found = self.session.run(["dets"], {"input": np.ascontiguousarray(tensor, np.float32)})[0][0]
        return clip(found[:, :4] / scale, width, height), found[:, 4]


class Deim:
    """DEIMv2-femto, 80 classes, no suppression needed; stretched to its square, RGB."""

    SIDE, PERSON = 416, 0

    def __init__(self, path):
        self.session = session(path)

    def __call__(self, rgb):
        height, width = rgb.shape[:2]
        tensor = cv2.resize(rgb, (self.SIDE, self.SIDE)).astype(np.float32).transpose(2, 0, 1)[None] / 255
        labels, found, scores = (o[0] for o in self.session.run(
            ["labels", "boxes", "scores"],
            {"images": tensor, "orig_target_sizes": np.array([[width, height]], np.int64)}))
        person = labels == self.PERSON
        return clip(found[person], width, height), scores[person]


def clip(b, width, height):
    return np.clip(b, 0, [width, height, width, height]).astype(np.float32)
