"""Training steps measured side by side: they take turns, each in a process of its own."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context

import torch
from torch import Tensor
from torch.optim import Optimizer

from kunster.machine.devices import wait_for_device

WARM_UP = 4  # steps; the first allocate, or compile and record each of two turns

Step = Callable[[], object]
Speeds = dict[str, list[float]]  # images a second of every way, one value a round


@dataclass(frozen=True)
class Contest:
    """Ways to do the same step.

    Attributes:
        title: of the table: which step, on how much.
        images: in a step.
        ways: function that builds the step, by name; called in a fresh process. All are compared
            with the first.
    """

    title: str
    images: int
    ways: Mapping[str, Callable[[], Step]]

    def ratios(self, speeds: Speeds) -> dict[str, float]:
        """The speed of each way over that of the first."""
        first = next(iter(self.ways))
        return {way: ratio(speeds[way], speeds[first]) for way in self.ways}


def compare(contest: Contest, rounds: int, seconds: float, say: Callable[[str], object]) -> Speeds:
    """Images a second of every way, each for about `seconds` in every round.

    Args:
        say: called with each figure as it is found.
    """
    found: Speeds = {name: [] for name in contest.ways}
    for _ in range(rounds):
        for name, build in contest.ways.items():
            with get_context("spawn").Pool(1) as pool:
                speed = pool.apply(images_per_second, (build, contest.images, seconds))
            found[name].append(speed)
            say(f"{name}: {speed:.1f} images/s")
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


def optimised(
    loss: Callable[[], Tensor], optimizer: Optimizer, before: Callable[[], object] = lambda: None
) -> Step:
    """A step that lowers `loss()`; `before` comes between the gradient and the optimiser."""

    def step() -> None:
        optimizer.zero_grad()
        loss().backward()  # type: ignore[no-untyped-call]
        before()
        optimizer.step()

    return step
