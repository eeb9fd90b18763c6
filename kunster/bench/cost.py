"""The cost of our training step on this machine: arithmetic, shares of its time, processes."""

import statistics
import time
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from kunster.bench import options as given
from kunster.bench.ours import OurStage, Work, our_stage
from kunster.bench.phases import Phases, watch
from kunster.bench.processes import images_per_second
from kunster.errors import UserError
from kunster.machine.hardware import choose_device, device_name, feature_dtype
from kunster.networks.arithmetic import flop_of
from kunster.objectives.stage import StageObjective

if TYPE_CHECKING:
    from rich.table import Table

BATCHES = {"cpu": (1, 2, 4, 8), "mps": (1, 2, 4, 8), "cuda": (16, 32, 64)}
PHASES = ("data", "network", "perceptual", "rest")
WARM_UP, STEPS = 2, 5
SIDE = {"cpu": 1024, "cuda": 8192, "mps": 2048}  # of the square matrices that are multiplied
LEAST_SECONDS = 0.3  # of products, for the rate


@dataclass(frozen=True)
class Cost:
    """Cost of a step of one batch size.

    Attributes:
        images_per_second: as in a run, where a batch is made while the one before is used.
        flop: convolutions and matrix products of a step, forward and backward.
        flop_per_second: achieved.
        matrix_rate: the same as a share of the machine's rate of matrix products.
        shares: of the time of a step in which nothing runs beside another, by `PHASES`.
    """

    batch: int
    images_per_second: float
    flop: int
    flop_per_second: float
    matrix_rate: float
    shares: dict[str, float]


def measure(options: Namespace) -> dict[str, Any]:
    from rich.console import Console

    device, stage = choose_device(options.accelerator), given.STAGES[options.stage]
    size = given.picture_size(options.size, stage)
    batches = options.batches or BATCHES[device]
    counts = process_counts(options.processes, device)
    work = Work(stage, options.recipe, max(batches), size, given.overrides(options))
    figures = costs(work, batches, options.rounds)
    Console().print(_table(options, figures))
    rate, precision = figures["matrix_flop_per_second"], figures["precision"]
    Console().print(f"matrix products: {rate / 1e9:.0f} GFLOP/s in {feature_dtype(precision)}")
    if counts:
        figures["processes"] = _grow(work, counts, options.rounds)
    chosen = {"stage": options.stage, "recipe": options.recipe, "size": options.size}
    return {**chosen, **figures, "device": device_name(device)}


def process_counts(asked: list[int] | None, device: str) -> list[int]:
    """Numbers of processes that train together.

    Raises:
        UserError: more than there are GPUs, or several on Metal.
    """
    most = torch.cuda.device_count() if device == "cuda" else None
    if asked is None:
        return [1, most] if most and most > 1 else []
    if most is not None and max(asked) > most:
        raise UserError(f"--processes {max(asked)}: this machine has {most} GPUs")
    if device == "mps":
        raise UserError("--processes: several train together on CPUs and on CUDA, not on Metal")
    return asked


def costs(work: Work, batches: Sequence[int], rounds: int) -> dict[str, Any]:
    """`Cost` of every batch size and the machine's rate, FLOP/s, as medians over rounds."""
    stages = {batch: our_stage(replace(work, batch=batch)) for batch in batches}
    precision = str(stages[batches[0]].trainer.precision)
    device = stages[batches[0]].device.type
    rates, seconds = [], {batch: list[float]() for batch in batches}
    for _ in range(rounds):  # in turns: the machine may be busier in one than in another
        rates.append(matrix_flop_per_second(device, precision))
        for batch, each in stages.items():
            seconds[batch].append(each.seconds_a_step())
    rate = statistics.median(rates)
    found = [_cost(each, statistics.median(seconds[batch]), rate) for batch, each in stages.items()]
    return {
        "matrix_flop_per_second": rate,
        "steps": [asdict(each) for each in found],
        "precision": precision,
    }


def _cost(each: OurStage, seconds: float, rate: float) -> Cost:
    objective, pictures = each.on_device(), each.read()(0)
    flop = flop_of(lambda: _loss(each, objective, pictures).backward())  # type: ignore[no-untyped-call]
    return Cost(
        each.data.batch,
        each.data.images_a_step / seconds,
        flop,
        flop / seconds,
        flop / seconds / rate,
        shares(each),
    )


def matrix_flop_per_second(device: str, precision: str) -> float:
    """Rate of the fastest of several products of square matrices, in the precision of training."""
    side = SIDE[device]
    first, second = torch.rand(2, side, side, device=device, dtype=feature_dtype(precision))
    best, began = float("inf"), time.perf_counter()
    while time.perf_counter() - began < LEAST_SECONDS:
        start = time.perf_counter()
        product = first @ second
        float(product[0, 0])  # waits for the device
        best = min(best, time.perf_counter() - start)
    return float(2 * side**3 / best)


def shares(each: OurStage) -> dict[str, float]:
    """Share of each of `PHASES` in the time of a step, networks forward and backward.

    Nothing is compiled, and each batch is cut before its step, so that training itself waits less
    for data than this says.
    """
    objective, read = each.on_device(), each.read()
    optimizer = objective.optimizer(objective.network.parameters())
    phases = Phases(PHASES)
    watch(objective, phases)
    for step in range(WARM_UP + STEPS):
        if step == WARM_UP:
            phases.seconds = dict.fromkeys(PHASES, 0.0)
        phases.enter("data")
        pictures = read(step)
        phases.enter("rest")
        loss = _loss(each, objective, pictures)
        phases.enter("rest")
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        phases.enter("rest")
        optimizer.step()
        phases.enter(None)
    return phases.shares()


def _loss(each: OurStage, objective: StageObjective, pictures: Any) -> Tensor:
    with each.autocast():
        return objective.losses(pictures)["loss"]


def _grow(work: Work, counts: list[int], rounds: int) -> list[dict[str, float]]:
    """Prints and returns images/s by number of processes."""
    from rich.console import Console
    from rich.table import Table

    speeds = images_per_second(work, counts, rounds)
    table = Table("processes", "batch of all", "images/s", "ratio", box=None)
    for count, speed in speeds.items():
        ratio = speed / speeds[counts[0]]
        table.add_row(str(count), str(count * work.batch), f"{speed:.1f}", f"{ratio:.2f}x")
    Console().print(table)
    return [
        {"processes": count, "batch": count * work.batch, "images_per_second": speed}
        for count, speed in speeds.items()
    ]


def _table(options: Namespace, figures: dict[str, Any]) -> "Table":
    from rich.table import Table

    title = f"stage-{options.stage} step, {options.size} pixels, {options.recipe} recipe"
    parts = list(figures["steps"][0]["shares"])
    # two lines and narrow columns, to fit into 80 columns
    names = ("batch", "images\n/s", "GFLOP\na step", "GFLOP\n/s", "of matrix\nrate", *parts)
    table = Table(*names, title=title, box=None, padding=(0, 1, 0, 0))
    for each in figures["steps"]:
        table.add_row(
            str(each["batch"]),
            f"{each['images_per_second']:.1f}",
            f"{each['flop'] / 1e9:.2f}",
            f"{each['flop_per_second'] / 1e9:.1f}",
            f"{each['matrix_rate']:.1%}",
            *(f"{each['shares'][part]:.1%}" for part in parts),
        )
    return table
