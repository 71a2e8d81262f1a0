"""Train the detector on a GPU where there is one and on the CPU otherwise, against the clock: the schedule follows the share of the
time budget that is used, or of the steps, so that two runs can be compared.

Each worker process has one thread and draws its own samples (all of them use the one GPU); gradients are averaged once a step,
so that a busy machine makes workers wait once a step and not once a layer. The state is saved every few minutes and picked up by the same
command. Steps are judged by the labels (loss.py) and, with `--teacher`, by what a published detector says of the same view
(distil.py). `--start` takes its weights and shape from another check-point: to go on with a new budget, or to heal a pruned
network. `--raw-labels` is for the time before teach.py is done; the labels may change between two runs.
"""

import argparse
import copy
import math
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from distil import Adapters, Teacher, distillation
from loss import loss
from net import SHAPES, Person, Shape, cells, corners
from samples import Samples

LAST, DECAY, WARM_STEPS = 4e-5, 0.03, 500
SAVE_S = 180


@dataclass
class Stage:
    until: float        # share of the budget
    shapes: tuple       # (height, width) of the views, all of about one area; a step draws one of them
    mosaic: float       # share of samples
    zoom: tuple


# 16:9, 4:3, square, and both upright: the inputs that the daemon gives such pictures. Each is drawn as often as it is listed.
SMALL = ((192, 320),) * 3 + ((224, 288),) * 2 + ((224, 224), (288, 224), (320, 192))
FULL = ((256, 416),) * 3 + ((288, 384),) * 2 + ((320, 320), (384, 288), (416, 256))
LARGE = ((288, 512),) * 3 + ((352, 480),) * 2 + ((384, 384), (480, 352), (512, 288))
# By what `--size` says. The smaller, the more steps in the same time; to heal or to go on small ones are of no use.
STAGES = {
    "growing": [Stage(0.60, SMALL, 0.4, (0.7, 2.3)), Stage(0.88, FULL, 0.3, (0.6, 1.8)), Stage(1.00, FULL, 0.0, (0.7, 1.5))],
    "full": [Stage(0.80, FULL, 0.4, (0.5, 1.8)), Stage(1.00, FULL, 0.0, (0.6, 1.5))],
    "large": [Stage(0.80, LARGE, 0.4, (0.5, 1.6)), Stage(1.00, LARGE, 0.0, (0.6, 1.4))],
    "small": [Stage(0.80, SMALL, 0.3, (0.6, 1.8)), Stage(1.00, SMALL, 0.0, (0.7, 1.5))],
}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--cache", type=Path, required=True)
    p.add_argument("--state", type=Path, required=True, help="check-point file, written and picked up again")
    budget = p.add_mutually_exclusive_group(required=True)
    budget.add_argument("--minutes", type=float, help="time budget, all runs of this state together")
    budget.add_argument("--steps", type=int, help="the same in steps")
    p.add_argument("--teacher", type=Path, help="ONNX file of RTMDet-nano, person only")
    p.add_argument("--start", type=Path, help="check-point to take weights and shape from when --state is not there yet")
    p.add_argument("--size", choices=STAGES, default="growing", help="320×192 (and other shapes of that area), 416×256 or 512×288 all the time; growing: from the first to the second")
    p.add_argument("--shape", choices=SHAPES, default="person", help="of a network that begins from nothing")
    p.add_argument("--workers", type=int, default=2, help="processes: one for each core, with a GPU too")
    p.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    p.add_argument("--batch", type=int, default=8, help="samples a worker and step")
    p.add_argument("--peak", type=float, default=2e-3, help="highest learning rate")
    p.add_argument("--raw-labels", action="store_true")
    a = p.parse_args()
    mp.spawn(work, (a, f"file://{a.state.resolve()}.{time.time_ns()}.meet"), a.workers)


def work(rank, a, meet):
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    dist.init_process_group("gloo", init_method=meet, rank=rank, world_size=a.workers)
    torch.manual_seed(0)
    run = Run(a)
    samples = Samples(a.cache, not a.raw_labels, seed=1000 * run.step + rank)
    stages = STAGES[a.size]
    log = Log(rank, a)
    began = saved = time.monotonic()
    while True:
        share = run.step / a.steps if a.steps else agree((run.used + time.monotonic() - began) / (a.minutes * 60))
        if share >= 1:
            break
        stage = next(s for s in stages if share < s.until)
        rate = learning_rate(a.peak, share, run.step)
        size = stage.shapes[drawn(run.step, len(stage.shapes))]
        losses = run.one_step(samples.batch(a.batch, size, stage.mosaic, stage.zoom), size, rate)
        log(run.step, share, rate, losses, size)
        if rank == 0 and time.monotonic() - saved > SAVE_S:
            saved = time.monotonic()
            run.save(run.used + saved - began)
    if rank == 0:
        run.save(run.used + time.monotonic() - began)
    dist.destroy_process_group()


class Run:
    """A network on its way: weights, their running mean, the optimiser, and how far it has come."""

    def __init__(self, a):
        self.path = a.state
        begun = a.state if a.state.exists() else a.start
        self.device = torch.device(device(a.device))
        state = torch.load(begun, weights_only=True, map_location=self.device) if begun else None
        shape = Shape.of(state) if state else SHAPES[a.shape]
        self.net = Person(shape).to(self.device, memory_format=torch.channels_last)
        self.teacher = Teacher(a.teacher) if a.teacher else None
        self.adapters = Adapters(shape.neck).to(self.device)
        self.step, self.used = 0, 0.0
        if state:
            self.net.load_state_dict(state["net" if begun == a.state else "average"])
            self.adapters.load_state_dict(state["adapters"])
        self.average = copy.deepcopy(self.net).eval()
        self.parameters = [*self.net.parameters(), *self.adapters.parameters()]
        decayed, others = ([p for p in self.parameters if (p.ndim > 1) == many] for many in (True, False))
        self.optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": DECAY},
                                            {"params": others, "weight_decay": 0.0}], lr=a.peak)
        if begun == a.state:
            self.average.load_state_dict(state["average"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.step, self.used = state["step"], state["used"]

    def one_step(self, batch, size, rate):
        """Loss against the labels, and against the teacher."""
        seen, clean, *truth = batch
        truth, kind = (torch.from_numpy(t).to(self.device) for t in truth)
        images = torch.from_numpy(seen).to(self.device).permute(0, 3, 1, 2).float().contiguous(memory_format=torch.channels_last)
        self.net.train()
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            features = self.net.features(images)
            raw = self.net.answer(features)
            adapted = [adapter(f) for adapter, f in zip(self.adapters, features)] if self.teacher else []
        raw, cell = raw.float(), cells(*size, device=self.device)
        box = corners(raw[..., :4], cell)
        total = label_loss = loss(raw, box, cell, truth, kind)
        if self.teacher:
            total = label_loss + distillation(self.teacher(clean).to(self.device), adapted, raw, box, truth, kind)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=False)
        total.backward()
        share_gradients(self.parameters)
        torch.nn.utils.clip_grad_norm_(self.parameters, 10.0)
        self.optimiser.step()
        self.step += 1
        follow(self.average, self.net, self.step)
        return label_loss.item(), total.item() - label_loss.item()

    def save(self, used):
        fresh = self.path.with_suffix(".tmp")
        torch.save({"shape": self.net.shape.record(), "net": self.net.state_dict(), "average": self.average.state_dict(),
                    "adapters": self.adapters.state_dict(), "optimiser": self.optimiser.state_dict(),
                    "step": self.step, "used": used}, fresh)
        fresh.replace(self.path)


def device(wanted):
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return wanted


def share_gradients(parameters):
    parameters = [p for p in parameters if p.grad is not None]
    flat = torch.cat([p.grad.flatten() for p in parameters]).cpu()
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    at = 0
    for p in parameters:
        p.grad.copy_(flat[at:at + p.numel()].view_as(p))
        at += p.numel()


def agree(value):
    """The first worker's clock is everybody's."""
    shared = torch.tensor([value], dtype=torch.float64)
    dist.broadcast(shared, 0)
    return shared.item()


def drawn(step, n):
    """A number below n, the same for every worker, so that none waits for one with a larger view."""
    return int(np.random.default_rng(step).integers(n))


def learning_rate(peak, share, step):
    """Up in a few hundred steps, level for half of the budget, then straight down."""
    return max(LAST, peak * min(step / WARM_STEPS, 1.0, 2 * (1 - share)))


@torch.no_grad()
def follow(average, net, step):
    """A running mean of the weights, short at first."""
    keep = 0.9995 * (1 - math.exp(-step / 1500))
    for mean, now in zip(average.state_dict().values(), net.state_dict().values()):
        if mean.is_floating_point():
            mean.lerp_(now, 1 - keep)
        else:
            mean.copy_(now)


class Log:
    """A line every hundred steps, with the speed since the last."""

    def __init__(self, rank, a):
        self.quiet, self.per_step = rank != 0, a.batch * a.workers
        self.sums, self.count, self.since = [0.0, 0.0], 0, time.monotonic()

    def __call__(self, step, share, rate, losses, size):
        self.sums = [s + x for s, x in zip(self.sums, losses)]
        self.count += 1
        if step % 100 == 0 and not self.quiet:
            now = time.monotonic()
            print(f"step {step} budget {share:.3f} rate {rate:.2e} size {size[1]}x{size[0]} "
                  f"labels {self.sums[0] / self.count:.3f} teacher {self.sums[1] / self.count:.3f} "
                  f"{self.count * self.per_step / (now - self.since):.1f} samples/s", flush=True)
            self.sums, self.count, self.since = [0.0, 0.0], 0, now


if __name__ == "__main__":
    main()
