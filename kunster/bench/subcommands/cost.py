"""What our training step costs on this machine, by batch size and by number of processes."""

import argparse
from typing import TYPE_CHECKING, Any

from kunster.bench import setting
from kunster.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

    from kunster.bench.cost import Work
    from kunster.machine.hardware import Hardware

HELP = "a step's arithmetic against the machine's, where its time goes, by batch and processes"
BATCHES = {"cpu": (1, 2, 4, 8), "mps": (1, 2, 4, 8), "cuda": (16, 32, 64)}
PERCEPTUAL = ("slim", "vgg16-random-weights")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.description = "On one device, and with --processes on several."
    parser.add_argument("--stage", choices=["1", "2"], default="1")
    parser.add_argument("--perceptual", choices=PERCEPTUAL, default="slim")
    parser.add_argument(
        "--batches", type=int, nargs="+", help="crops or pairs; default: 1 2 4 8, CUDA: 16 32 64"
    )
    parser.add_argument(
        "--processes",
        type=int,
        nargs="+",
        help="numbers of them, to train one network together, each with the largest batch; on "
        "CUDA a GPU each (default there: 1 and all GPUs)",
    )
    parser.add_argument("--rounds", type=int, default=3, help="of ten steps of each (default: 3)")
    setting.add_options(parser)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    from rich.console import Console

    from kunster.bench.cost import Work, costs
    from kunster.bench.ours import random_vgg16
    from kunster.losses.slim import load_slim
    from kunster.machine.hardware import keep_freed_memory

    hardware, size = setting.chosen_hardware(options), setting.picture_size(options.size)
    batches = options.batches or BATCHES[hardware.accelerator]
    if min(batches) < 1 or options.rounds < 1:
        raise UserError("--batches and --rounds: whole numbers from 1 up")
    if options.stage == "1" and size[0] != size[1]:
        raise UserError(f"--size {options.size}: the crops of stage 1 are square; give one side")
    processes = _processes(options.processes, hardware.accelerator)
    load = load_slim if options.perceptual == "slim" else random_vgg16
    work = Work("perceptual" if options.stage == "1" else "temporal", load, size)
    keep_freed_memory()
    figures = costs(work, hardware, batches, options.rounds)
    Console().print(_table(options, figures))
    rate = figures["matrix_flop_per_second"]
    Console().print(f"matrix products: {rate / 1e9:.0f} GFLOP/s in {hardware.feature_dtype}")
    if processes:
        figures["processes"] = _grow(work, hardware, max(batches), processes, options.rounds)
    chosen = {"stage": options.stage, "perceptual": options.perceptual, "size": options.size}
    return {**chosen, **figures, "precision": hardware.precision, "device": hardware.name}


def _processes(asked: list[int] | None, accelerator: str) -> list[int]:
    """How many processes are to train together, in turns."""
    import torch

    most = torch.cuda.device_count() if accelerator == "cuda" else None
    if asked is None:
        return [1, most] if most and most > 1 else []
    if min(asked) < 1:
        raise UserError(f"--processes {min(asked)}: must be whole numbers from 1 up")
    if most is not None and max(asked) > most:
        raise UserError(f"--processes {max(asked)}: this machine has {most} GPUs")
    if accelerator == "mps":
        raise UserError("--processes: several train together on CPUs and on CUDA, not on Metal")
    return asked


def _grow(
    work: "Work", hardware: "Hardware", batch: int, counts: list[int], rounds: int
) -> list[dict[str, float]]:
    """Prints and returns images/s by number of processes."""
    from rich.console import Console
    from rich.table import Table

    from kunster.bench.processes import images_per_second

    speeds = images_per_second(work, hardware, batch, counts, rounds)
    table = Table("processes", "batch of all", "images/s", "ratio", box=None)
    for count, speed in speeds.items():
        row = str(count), str(count * batch), f"{speed:.1f}", f"{speed / speeds[counts[0]]:.2f}x"
        table.add_row(*row)
    Console().print(table)
    return [
        {"processes": count, "batch": count * batch, "images_per_second": speed}
        for count, speed in speeds.items()
    ]


def _table(options: argparse.Namespace, figures: dict[str, Any]) -> "Table":
    from rich.table import Table

    title = f"stage-{options.stage} step, {options.size} pixels, {options.perceptual}"
    parts = list(figures["steps"][0]["shares"])
    # two lines and narrow columns: all of it is to be read in 80 columns
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
