"""What a step is judged by: how well taken rows overlap their people, and how well all rows know their score."""

import math

import torch
import torch.nn.functional as F

from assign import assign

BOX, SCORE = 2.5, 1.0


def loss(raw, box, cell, truth, kind):
    """For raw rows [n, c, 5] and their boxes [n, c, 4], people [n, g, 4] and kinds [n, g] (1 person, 2 ignore, 0 nothing)."""
    logit = raw[..., 4]
    who, positive, target, ignore = decide(logit.detach().sigmoid(), box.detach(), cell, truth, kind)
    weight = target.sum().clamp(min=1.0)
    wanted = truth.gather(1, who[..., None].expand(-1, -1, 4))
    box_loss = ((1 - ciou(box[positive], wanted[positive])) * target[positive]).sum() / weight
    # Focal by the distance to the target, so that thousands of easy rows do not drown the few that matter.
    focus = (logit.sigmoid().detach() - target).abs().pow(1.0) * 0.5 + 0.5 * positive
    each = F.binary_cross_entropy_with_logits(logit, target, reduction="none") * focus
    score_loss = each[~ignore].sum() / weight
    return BOX * box_loss + SCORE * score_loss


def decide(score, box, cell, truth, kind):
    """Assignment and ignored rows, picture by picture: padding all to the fullest one cost twice the time."""
    decided = []
    for i, n in enumerate((kind > 0).sum(1).clamp(min=1).tolist()):
        one = slice(i, i + 1)
        people, kinds = truth[one, :n], kind[one, :n]
        who, positive, target = assign(score[one], box[one], cell, people, kinds == 1)
        decided.append((who, positive, target, ignored(cell, people, kinds == 2, positive)))
    return (torch.cat(parts) for parts in zip(*decided))


def ignored(cell, truth, ignore, positive):
    """Rows whose cell lies in a region to ignore, unless they answer for somebody."""
    middle = (cell[:, :2] + 0.5) * cell[:, 2:]
    inside = (middle >= truth[:, :, None, :2]).all(-1) & (middle <= truth[:, :, None, 2:]).all(-1)
    return (inside & ignore[:, :, None]).any(1) & ~positive


def ciou(a, b):
    """IoU less the distance of the centres and the difference in shape (Zheng et al. 2020, arXiv 1911.08287)."""
    low, high = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    both = (high - low).clamp(0).prod(1)
    size_a, size_b = a[:, 2:] - a[:, :2], b[:, 2:] - b[:, :2]
    overlap = both / (size_a.prod(1) + size_b.prod(1) - both).clamp(min=1e-6)
    hull = torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])
    apart = ((a[:, :2] + a[:, 2:] - b[:, :2] - b[:, 2:]) / 2).pow(2).sum(1) / hull.pow(2).sum(1).clamp(min=1e-6)
    shape = 4 / math.pi ** 2 * (torch.atan(size_b[:, 0] / size_b[:, 1].clamp(min=1e-6))
                                - torch.atan(size_a[:, 0] / size_a[:, 1].clamp(min=1e-6))).pow(2)
    with torch.no_grad():
        trade = shape / (1 - overlap + shape).clamp(min=1e-6)
    return overlap - apart - trade * shape
