"""`python -m kunster.bench train`: ratios, measured side by side in one run."""

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kunster.command import verb

if TYPE_CHECKING:
    from rich.table import Table

    from kunster.benchmarks.steps import Contest, Found


@verb()
def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m kunster.bench", description=__doc__)
    parser.add_argument(
        "what", choices=["train"], help="train: steps on 256x256, 4 photos or 2 pairs of frames"
    )
    parser.add_argument("--stage", choices=["1", "2", "both"], default="both")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=12.0, help="of each way in each round")
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    options = parser.parse_args(arguments)

    from rich.console import Console

    from kunster.benchmarks import temporal, training
    from kunster.benchmarks.steps import compare
    from kunster.hardware import choose_hardware
    from kunster.record import versions
    from kunster.replacing import replacing

    contests = {"1": training.CONTEST, "2": temporal.CONTEST}
    chosen = contests if options.stage == "both" else {options.stage: contests[options.stage]}
    stages = {}
    for stage, contest in chosen.items():
        found = compare(contest, options.rounds, options.seconds)
        times = _ratios(contest, found)
        Console().print(_table(contest, found, times))
        stages[stage] = {"images_per_second": found, "ratio": times}
    if options.out:
        device = choose_hardware(accelerator="cpu").name
        figures = {"stages": stages, "device": device, "versions": versions()}
        with replacing(options.out) as part:
            part.write_text(json.dumps(figures, indent=2) + "\n")


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


if __name__ == "__main__":
    sys.exit(main())
