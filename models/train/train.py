"""Train the detector on a CPU, against the clock: the schedule follows the share of the time budget that is used.

Each worker process has one thread and draws its own samples; gradients are averaged once a step, so that a busy machine
makes workers wait once a step and not once a layer. The state is saved every few minutes and picked up by the same
command. `--raw-labels` is for the time before teach.py is done; the labels may change between two runs.
"""

import argparse
import copy
import math
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from loss import loss
from net import Person
from samples import Samples

PEAK, LAST, DECAY, WARM_STEPS = 2e-3, 4e-5, 0.03, 500
SAVE_S = 180


@dataclass
class Stage:
    until: float        # share of the time budget
    size: tuple         # height, width
    mosaic: float       # share of samples
    zoom: tuple


STAGES = [
    Stage(0.70, (192, 320), 0.4, (0.7, 2.3)),
    Stage(0.86, (256, 416), 0.3, (0.6, 1.8)),
    Stage(1.00, (256, 416), 0.0, (0.7, 1.5)),
]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--cache", type=Path, required=True)
    p.add_argument("--state", type=Path, required=True, help="check-point file, written and picked up again")
    p.add_argument("--minutes", type=float, required=True, help="time budget, all runs of this state together")
    p.add_argument("--workers", type=int, default=2)
    p.add_argument("--batch", type=int, default=8, help="samples a worker and step")
    p.add_argument("--raw-labels", action="store_true")
    a = p.parse_args()
    mp.spawn(work, (a, f"file://{a.state.resolve()}.{time.time_ns()}.meet"), a.workers)


def work(rank, a, meet):
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    dist.init_process_group("gloo", init_method=meet, rank=rank, world_size=a.workers)
    torch.manual_seed(0)
    net = Person().to(memory_format=torch.channels_last)
    average = copy.deepcopy(net).eval()
    decayed = [p for p in net.parameters() if p.ndim > 1]
    others = [p for p in net.parameters() if p.ndim == 1]
    optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}],
                                  lr=PEAK)
    step, used = 0, 0.0
    if a.state.exists():
        state = torch.load(a.state, weights_only=True)
        net.load_state_dict(state["net"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        step, used = state["step"], state["used"]
    samples = Samples(a.cache, not a.raw_labels, seed=1000 * step + rank)
    log = Log(rank, a)
    began = saved = time.monotonic()
    while True:
        share = agree((used + time.monotonic() - began) / (a.minutes * 60))
        if share >= 1:
            break
        stage = next(s for s in STAGES if share < s.until)
        rate = learning_rate(share, step)
        for group in optimiser.param_groups:
            group["lr"] = rate
        losses = one_step(net, optimiser, samples.batch(a.batch, stage.size, stage.mosaic, stage.zoom), stage.size)
        step += 1
        follow(average, net, step)
        log(step, share, rate, losses, stage)
        if rank == 0 and time.monotonic() - saved > SAVE_S:
            saved = time.monotonic()
            save(a.state, net, average, optimiser, step, used + saved - began)
    if rank == 0:
        save(a.state, net, average, optimiser, step, used + time.monotonic() - began)
    dist.destroy_process_group()


def one_step(net, optimiser, batch, size):
    rgb, box, kind = batch
    images = torch.from_numpy(rgb).permute(0, 3, 1, 2).float().contiguous(memory_format=torch.channels_last)
    net.train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        raw = net(images)
    total, box_loss, score_loss = loss(raw, torch.from_numpy(box), torch.from_numpy(kind), size)
    optimiser.zero_grad(set_to_none=False)
    total.backward()
    share_gradients(net)
    torch.nn.utils.clip_grad_norm_(net.parameters(), 10.0)
    optimiser.step()
    return box_loss.item(), score_loss.item()


def share_gradients(net):
    flat = torch.cat([p.grad.flatten() for p in net.parameters()])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    at = 0
    for p in net.parameters():
        p.grad.copy_(flat[at:at + p.numel()].view_as(p))
        at += p.numel()


def agree(value):
    """The first worker's clock is everybody's."""
    shared = torch.tensor([value], dtype=torch.float64)
    dist.broadcast(shared, 0)
    return shared.item()


def learning_rate(share, step):
    """Up in a few hundred steps, level for half of the budget, then straight down."""
    return max(LAST, PEAK * min(step / WARM_STEPS, 1.0, 2 * (1 - share)))


@torch.no_grad()
def follow(average, net, step):
    """A running mean of the weights, short at first."""
    keep = 0.9995 * (1 - math.exp(-step / 1500))
    for mean, now in zip(average.state_dict().values(), net.state_dict().values()):
        if mean.is_floating_point():
            mean.lerp_(now, 1 - keep)
        else:
            mean.copy_(now)


def save(path, net, average, optimiser, step, used):
    fresh = path.with_suffix(".tmp")
    torch.save({"net": net.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict(),
                "step": step, "used": used}, fresh)
    fresh.replace(path)


class Log:
    """A line every hundred steps, with the speed since the last."""

    def __init__(self, rank, a):
        self.quiet, self.per_step = rank != 0, a.batch * a.workers
        self.sums, self.count, self.since = [0.0, 0.0], 0, time.monotonic()

    def __call__(self, step, share, rate, losses, stage):
        self.sums = [s + x for s, x in zip(self.sums, losses)]
        self.count += 1
        if step % 100 == 0 and not self.quiet:
            now = time.monotonic()
            print(f"step {step} budget {share:.3f} rate {rate:.2e} size {stage.size[1]}x{stage.size[0]} "
                  f"box {self.sums[0] / self.count:.3f} score {self.sums[1] / self.count:.3f} "
                  f"{self.count * self.per_step / (now - self.since):.1f} samples/s", flush=True)
            self.sums, self.count, self.since = [0.0, 0.0], 0, now


if __name__ == "__main__":
    main()
