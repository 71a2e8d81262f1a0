"""Knowledge distillation: what a step is judged by besides the labels, namely how a published detector sees the same view.

The teacher (RTMDet-nano, person only) has the same three grids as our network, so that each of its cells speaks to the
cell of ours at the same place: how sure it is, where the box is, and what its neck looks like there. It is asked about
every view that training draws, before the camera's faults are added; ours must say the same of the faulty picture.
"""

from dataclasses import dataclass

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx.utils import Extractor
from torch import nn

from assign import pairwise_iou
from loss import ciou
from net import STRIDES, cells, rows
from teachers import normalised, session

FEATURE, SCORE, BOX = 3.0, 1.0, 2.5
SURE = 0.05             # cells of which the teacher is less sure teach no box
SUPPORT = 0.4           # overlap with a label without which the teacher is not believed
NECK = 64               # channels of the teacher's neck
# Names inside the file: what its heads look at, their logits and their distances in strides, for each stride.
NECKS = ("onnx::Conv_1085", "onnx::Conv_1093", "onnx::Conv_1101")
LOGITS = ("y", "y.8", "y.16")
DISTANCES = ("onnx::Mul_1135", "onnx::Mul_1171", "onnx::Mul_1207")


@dataclass
class Opinion:
    """Of n pictures: the neck's maps, and for each cell the probability [n, c] and the box [n, c, 4]."""

    necks: list
    score: torch.Tensor
    box: torch.Tensor

    def to(self, device):
        return Opinion([neck.to(device) for neck in self.necks], self.score.to(device), self.box.to(device))


class Teacher:
    """RTMDet-nano cut off before its suppression, for pictures of any size in multiples of 32."""

    def __init__(self, path):
        cut = Extractor(onnx.load(path)).extract_model(["input"], [*NECKS, *LOGITS, *DISTANCES])
        self.session = session(cut.SerializeToString())

    def __call__(self, rgb):
        """RGB bytes [n, h, w, 3] to an `Opinion`."""
        out = [torch.from_numpy(o) for o in self.session.run(None, {"input": normalised(rgb)})]
        necks, logits, distances = out[:3], out[3:6], out[6:]
        cell = cells(*rgb.shape[1:3])
        reach = torch.cat([rows(d) for d in distances], 1) * cell[:, 2:]
        corner = cell[:, :2] * cell[:, 2:]      # its cells are measured from their corner
        box = torch.cat([corner - reach[..., :2], corner + reach[..., 2:]], -1)
        return Opinion(necks, torch.cat([rows(s) for s in logits], 1)[..., 0].sigmoid(), box)


class Adapters(nn.ModuleList):
    """Our neck's channels to the teacher's; used while training and thrown away afterwards."""

    def __init__(self, width):
        super().__init__(nn.Conv2d(width, NECK, 1) for _ in STRIDES)


def distillation(opinion, features, raw, box, truth, kind):
    """For our necks' maps (through the adapters), rows [n, c, 5] and their boxes [n, c, 4]: the loss."""
    feature = sum(unlikeness(ours, theirs) for ours, theirs in zip(features, opinion.necks)) / len(STRIDES)
    score = supported(opinion, truth, kind)
    logit = raw[..., 4]
    weight = score.sum().clamp(min=1.0)
    each = F.binary_cross_entropy_with_logits(logit, score, reduction="none")
    score_loss = (each * (logit.sigmoid().detach() - score).abs()).sum() / weight
    sure = score > SURE
    box_loss = ((1 - ciou(box[sure], opinion.box[sure])) * score[sure]).sum() / weight
    return FEATURE * feature + SCORE * score_loss + BOX * box_loss


def supported(opinion, truth, kind):
    """The teacher's probabilities, 0 where its box overlaps nobody that the labels know of: it takes pets for people."""
    overlap = pairwise_iou(truth, opinion.box) * (kind > 0)[..., None]
    return opinion.score * ((overlap.amax(1) > SUPPORT) | (opinion.score < SURE))


def unlikeness(ours, theirs):
    """1 − Pearson's correlation of each channel over all places and pictures, mean (PKD, Cao et al. 2022, arXiv 2207.02039)."""
    def standard(maps):
        return F.batch_norm(maps.float(), None, None, training=True, eps=1e-6)
    return (standard(ours) - standard(theirs)).square().mean() / 2
