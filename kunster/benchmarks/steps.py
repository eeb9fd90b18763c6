"""Training steps measured side by side: the ways take turns, each in a process of its own."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context

import torch
from torch import Tensor
from torch.optim import Optimizer

from kunster.devices import wait_for_device

WARM_UP = 3  # steps; the first allocate, or compile and record

Step = Callable[[], object]
Found = dict[str, list[float]]  # images a second of every way, one value a round


@dataclass(frozen=True)
class Contest:
    """Ways to do the same step.

    Attributes:
        title: of the table: which step, on how much.
        images: in a step.
        ways: by name, what builds the step, in a fresh process. The first is what the others are
            measured against.
        further: pairs of a way and another it is measured against as well.
    """

    title: str
    images: int
    ways: Mapping[str, Callable[[], Step]]
    further: Sequence[tuple[str, str]] = ()


def compare(contest: Contest, rounds: int = 3, seconds: float = 12.0) -> Found:
    """Images a second of every way of the contest, for about `seconds` in every round."""
    found: Found = {name: [] for name in contest.ways}
    for _ in range(rounds):
        for name, build in contest.ways.items():
            with get_context("spawn").Pool(1) as pool:
                speed = pool.apply(images_per_second, (build, contest.images, seconds))
            found[name].append(speed)
    return found


def images_per_second(build: Callable[[], Step], images: int, seconds: float) -> float:
    torch.manual_seed(0)
    step = build()
    for _ in range(WARM_UP):
        step()
    wait_for_device()
    count, began = 0, time.perf_counter()
    while count < 3 or time.perf_counter() - began < seconds:
        step()
        count += 1
    wait_for_device()
    return count * images / (time.perf_counter() - began)


def ratio(values: Sequence[float], base: Sequence[float]) -> float:
    """Median over rounds of a way's speed, divided by another's in the same round."""
    return statistics.median(value / other for value, other in zip(values, base, strict=True))


def optimised(loss: Callable[[], Tensor], optimizer: Optimizer) -> Step:
    """A step that lowers `loss()`."""

    def step() -> None:
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()

    return step
