"""Training steps measured side by side: the ways take turns, each in a process of its own."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing import get_context

import torch
from torch import Tensor
from torch.optim import Optimizer

from kunster.machine.devices import wait_for_device

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

    def only(self, word: str) -> "Contest":
        """The first way and those with the word in their names."""
        ways = {
            name: build
            for number, (name, build) in enumerate(self.ways.items())
            if number == 0 or word in name
        }
        further = [pair for pair in self.further if set(pair) <= set(ways)]
        return replace(self, ways=ways, further=further)


def compare(
    contest: Contest,
    rounds: int = 3,
    seconds: float = 12.0,
    say: Callable[[str], object] = bool,
) -> Found:
    """Images a second of every way of the contest, for about `seconds` in every round.

    Args:
        say: told each as it is found, for they take minutes and may be cut short.
    """
    found: Found = {name: [] for name in contest.ways}
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
    loss: Callable[[], Tensor], optimizer: Optimizer, before: Callable[[], object] = bool
) -> Step:
    """A step that lowers `loss()`; `before` comes between the gradient and the optimiser."""

    def step() -> None:
        optimizer.zero_grad()
        loss().backward()
        before()
        optimizer.step()

    return step
