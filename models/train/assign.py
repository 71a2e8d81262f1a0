"""Which output rows answer for which person, decided anew from the predictions at every step (task-aligned, as in TOOD).

Only rows whose cell lies in the box, or within a stride of its centre, are candidates. A candidate's merit is
score^ALPHA · IoU^BETA; the best TOP of each person are taken, a row wanted by two goes to the one it overlaps most.
The target score of a taken row is its merit, scaled so that the person's best row is asked for its IoU.
"""

import torch

ALPHA, BETA, TOP = 0.5, 4.0, 10


def pairwise_iou(a, b):
    """IoU of boxes [n, g, 4] with boxes [n, c, 4], shape [n, g, c]."""
    low = torch.maximum(a[:, :, None, :2], b[:, None, :, :2])
    high = torch.minimum(a[:, :, None, 2:], b[:, None, :, 2:])
    both = (high - low).clamp(0).prod(-1)
    size_a = (a[..., 2:] - a[..., :2]).clamp(0).prod(-1)[:, :, None]
    size_b = (b[..., 2:] - b[..., :2]).clamp(0).prod(-1)[:, None]
    return both / (size_a + size_b - both).clamp(min=1e-6)


@torch.no_grad()
def assign(score, box, cell, truth, real):
    """For scores [n, c], boxes [n, c, 4], people [n, g, 4] and which of them are real [n, g]:

    which person each row answers for [n, c], whether it answers at all [n, c], its target score [n, c].
    """
    overlap = pairwise_iou(truth, box)
    middle = (cell[:, :2] + 0.5) * cell[:, 2:]
    inside = (middle >= truth[:, :, None, :2]).all(-1) & (middle <= truth[:, :, None, 2:]).all(-1)
    centre = (truth[..., :2] + truth[..., 2:]) / 2
    near = ((middle - centre[:, :, None]).abs() <= cell[:, 2:]).all(-1)
    candidate = (inside | near) & real[:, :, None]
    # A tiny share of overlap for all keeps the order defined while a fresh network overlaps nothing.
    merit = (score[:, None].clamp(min=1e-4) ** ALPHA * (overlap + 1e-3) ** BETA) * candidate
    best = merit.topk(TOP, dim=-1)
    taken = torch.zeros_like(merit).scatter_(-1, best.indices, 1.0).bool() & (merit > 0)
    # One row, one person.
    several = taken.sum(1, keepdim=True) > 1
    winner = torch.zeros_like(taken).scatter_(1, (overlap * taken).argmax(1, keepdim=True), True)
    taken = torch.where(several, taken & winner, taken)
    merit = merit * taken
    top_merit = merit.amax(-1, keepdim=True).clamp(min=1e-12)
    top_overlap = (overlap * taken).amax(-1, keepdim=True)
    target = (merit / top_merit * top_overlap).amax(1)
    return taken.float().argmax(1), taken.any(1), target
