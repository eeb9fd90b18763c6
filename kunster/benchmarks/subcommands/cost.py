"""What our training step costs on this machine, by batch size."""

import argparse
from typing import TYPE_CHECKING, Any

from kunster.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

HELP = "a step's arithmetic against the machine's, and where its time goes, by batch size"
BATCHES = {"cpu": (1, 2, 4, 8), "mps": (1, 2, 4, 8), "cuda": (16, 32, 64)}
PERCEPTUAL = ("slim", "vgg16-random-weights")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "On the device that kunster.run would choose, one of them. The part for CUDA was written "
        "without a GPU at hand."
    )
    parser.add_argument("--stage", choices=["1", "2"], default="1")
    parser.add_argument("--perceptual", choices=PERCEPTUAL, default="slim")
    parser.add_argument(
        "--batches", type=int, nargs="+", help="crops or pairs; default: 1 2 4 8, CUDA: 16 32 64"
    )
    parser.add_argument("--size", type=int, default=256, help="pixels, of a side (default: 256)")
    parser.add_argument("--rounds", type=int, default=3, help="of ten steps of each batch size")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    from rich.console import Console

    from kunster.benchmarks.cost import costs
    from kunster.benchmarks.ours import random_vgg16
    from kunster.hardware import choose_hardware, keep_freed_memory
    from kunster.losses.slim import load_slim

    hardware = choose_hardware()
    batches = options.batches or BATCHES[hardware.accelerator]
    if min(batches) < 1 or options.rounds < 1:
        raise UserError("--batches and --rounds: whole numbers from 1 up")
    if options.size < 64 or options.size % 4:
        raise UserError(f"--size {options.size}: must be a multiple of 4, from 64 up")
    keep_freed_memory()
    load = load_slim if options.perceptual == "slim" else random_vgg16
    stage = "perceptual" if options.stage == "1" else "temporal"
    figures = costs(stage, load, hardware, batches, options.size, options.rounds)
    Console().print(_table(options, figures))
    rate = figures["matrix_flop_per_second"]
    Console().print(f"matrix products: {rate / 1e9:.0f} GFLOP/s in {hardware.feature_dtype}")
    chosen = {"stage": options.stage, "perceptual": options.perceptual, "size": options.size}
    return {**chosen, **figures, "precision": hardware.precision, "device": hardware.name}


def _table(options: argparse.Namespace, figures: dict[str, Any]) -> "Table":
    from rich.table import Table

    title = f"stage-{options.stage} step, {options.size}x{options.size}, {options.perceptual}"
    parts = list(figures["steps"][0]["shares"])
    names = ("batch", "images/s", "GFLOP a step", "GFLOP/s", "of matrix rate", *parts)
    table = Table(*names, title=title, box=None)
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
