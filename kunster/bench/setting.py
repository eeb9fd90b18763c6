"""What the benchmarks of training may be told: where, and how large the pictures are."""

import argparse
import re
from typing import TYPE_CHECKING

from kunster.errors import UserError

if TYPE_CHECKING:  # torch takes seconds to import: not for --help
    from kunster.machine.hardware import Hardware


def add_options(
    parser: argparse.ArgumentParser, size: str | None = "256", sizes: str = "default: 256"
) -> None:
    """With the default size of the pictures, and what the help says of it."""
    parser.add_argument(
        "--accelerator",
        choices=["auto", "cpu", "cuda", "mps"],
        default="auto",
        help="default: what kunster.run would choose",
    )
    parser.add_argument(
        "--no-graphs", action="store_true", help="no CUDA graphs, as with trainer.graphs=false"
    )
    parser.add_argument(
        "--compile", action="store_true", help="torch.compile, as with trainer.compile=true"
    )
    parser.add_argument(
        "--size", default=size, help=f"pixels, a side or width x height: 640x360 ({sizes})"
    )


def chosen_hardware(options: argparse.Namespace) -> "Hardware":
    """Like `kunster.run`, unless asked for otherwise."""
    from kunster.machine.hardware import choose_hardware

    graphs = False if options.no_graphs else "auto"
    return choose_hardware(options.accelerator, compile=options.compile, graphs=graphs)


def check_rounds(rounds: int) -> None:
    """Raises UserError where there is none."""
    if rounds < 1:
        raise UserError(f"--rounds {rounds}: must be a whole number from 1 up")


def picture_size(text: str) -> tuple[int, int]:
    """(height, width) from `256` or `640x360`.

    Raises:
        UserError: something else, or no multiples of 4 from 64 up.
    """
    sides = [int(side) for side in text.split("x")] if re.fullmatch(r"\d+(x\d+)?", text) else [0]
    if any(side < 64 or side % 4 for side in sides):
        raise UserError(
            f"--size {text}: must be a side (256) or width x height (640x360), multiples of 4 "
            "from 64 up"
        )
    return sides[-1], sides[0]
