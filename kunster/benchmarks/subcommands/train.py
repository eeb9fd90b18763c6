"""Training steps of both stages beside the plain recipe."""

import argparse
import statistics
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

    from kunster.benchmarks.steps import Contest, Found

HELP = "steps on 256x256, 4 photos or 2 pairs of frames"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stage", choices=["1", "2", "both"], default="both")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=12.0, help="of each way in each round")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    from rich.console import Console

    from kunster.benchmarks import temporal, training
    from kunster.benchmarks.steps import compare
    from kunster.hardware import choose_hardware

    contests = {"1": training.CONTEST, "2": temporal.CONTEST}
    chosen = contests if options.stage == "both" else {options.stage: contests[options.stage]}
    stages = {}
    for stage, contest in chosen.items():
        found = compare(contest, options.rounds, options.seconds)
        times = _ratios(contest, found)
        Console().print(_table(contest, found, times))
        stages[stage] = {"images_per_second": found, "ratio": times}
    return {"stages": stages, "device": choose_hardware(accelerator="cpu").name}


def _ratios(contest: "Contest", found: "Found") -> dict[str, float]:
    """Of every way against the first, then the further ones, by what stands in the table."""
    from kunster.benchmarks.steps import ratio

    first = next(iter(contest.ways))
    times = {way: ratio(found[way], found[first]) for way in contest.ways}
    further = {
        f"{way} against {base}": ratio(found[way], found[base]) for way, base in contest.further
    }
    return times | further


def _table(contest: "Contest", found: "Found", times: dict[str, float]) -> "Table":
    from rich.table import Table

    table = Table(contest.title, "images/s", "ratio")
    for name, value in times.items():
        speed = f"{statistics.median(found[name]):.2f}" if name in found else ""
        table.add_row(name, speed, f"{value:.1f}x", end_section=name == list(found)[-1])
    return table
