"""Training steps of both stages beside the plain recipe."""

import argparse
import statistics
from typing import TYPE_CHECKING, Any

from kunster.bench import setting
from kunster.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

    from kunster.bench.steps import Contest, Found
    from kunster.machine.hardware import Hardware

HELP = "steps of both stages, ours beside the plain recipe's"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stage", choices=["1", "2", "both"], default="both")
    parser.add_argument(
        "--batch", type=int, help="photos, or pairs (default: 4, 2 pairs; CUDA: 32, 8 pairs)"
    )
    parser.add_argument(
        "--perceptual", choices=["vgg16", "slim", "both"], default="both", help="beside the first"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=12.0, help="of each way in each round")
    setting.add_options(parser, size=None, sizes="default: 256; stage 2 on CUDA: 640x360")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    from rich.console import Console

    from kunster.bench.steps import compare

    setting.check_rounds(options.rounds)
    hardware, stages = setting.chosen_hardware(options), {}
    console = Console(stderr=True, highlight=False)
    for stage, contest in _contests(options, hardware).items():
        found = compare(contest, options.rounds, options.seconds, console.print)
        times = _ratios(contest, found)
        Console().print(_table(contest, found, times))
        stages[stage] = {
            "step": contest.title,
            "images_a_step": contest.images,
            "images_per_second": found,
            "ratio": times,
        }
    return {"stages": stages, "device": hardware.name}


def _contests(options: argparse.Namespace, hardware: "Hardware") -> dict[str, "Contest"]:
    from kunster.bench import temporal, training

    if options.batch is not None and options.batch < 1:
        raise UserError(f"--batch {options.batch}: must be a whole number from 1 up")
    device = hardware.accelerator
    sizes = [
        setting.picture_size(options.size or default) for default in ("256", temporal.SIZE[device])
    ]
    contests = {
        "1": training.contest(hardware, options.batch or training.BATCH[device], sizes[0]),
        "2": temporal.contest(hardware, options.batch or temporal.PAIRS[device], sizes[1]),
    }
    if options.perceptual != "both":
        contests = {name: each.only(options.perceptual) for name, each in contests.items()}
    return contests if options.stage == "both" else {options.stage: contests[options.stage]}


def _ratios(contest: "Contest", found: "Found") -> dict[str, float]:
    """Of every way against the first, then the further ones, by what stands in the table."""
    from kunster.bench.steps import ratio

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
