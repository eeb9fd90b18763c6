"""Options that several benchmarks have."""

import argparse

from kunster.errors import UserError
from kunster.networks.description import Stage
from kunster.video.sizes import parsed_sides

STAGES: dict[str, Stage] = {"1": "perceptual", "2": "temporal"}


def add_options(parser: argparse.ArgumentParser, size: str | None, sizes: str) -> None:
    """Adds the options that all benchmarks of training have.

    Args:
        size: default of `--size`.
        sizes: that default in words, for the help.
    """
    parser.add_argument("--accelerator", choices=["auto", "cpu", "cuda", "mps"], default="auto")
    parser.add_argument("--no-graphs", action="store_true", help="no CUDA graphs")
    parser.add_argument("--compile", action="store_true", help="torch.compile")
    parser.add_argument(
        "--size", default=size, help=f"pixels, a side or width x height: 640x360 ({sizes})"
    )


def overrides(options: argparse.Namespace) -> tuple[str, ...]:
    """The options as overrides of the configuration of a run."""
    return (
        f"trainer.accelerator={options.accelerator}",
        f"callbacks.acceleration.compile={str(options.compile).lower()}",
        *(["callbacks.acceleration.graphs=false"] if options.no_graphs else []),
    )


def check_count(name: str, *counts: int) -> None:
    """Raises UserError for a number below 1."""
    for count in counts:
        if count < 1:
            raise UserError(f"--{name} {count}: must be a whole number from 1 up")


def check_seconds(seconds: float) -> None:
    """Raises UserError for a time that is not above 0."""
    if not seconds > 0:
        raise UserError(f"--seconds {seconds:g}: must be more than 0")


def picture_size(text: str, stage: Stage) -> tuple[int, int]:
    """(height, width) from `256` or `640x360`.

    Raises:
        UserError: something else, no multiples of 4 from 64 up, or a crop that is not square.
    """
    sides = parsed_sides(text)
    if not sides or any(side < 64 or side % 4 for side in sides):
        raise UserError(
            f"--size {text}: must be a side (256) or width x height (640x360), multiples of 4 "
            "from 64 up"
        )
    if stage == "perceptual" and sides[0] != sides[-1]:
        raise UserError(f"--size {text}: the crops of stage 1 are square; give one side")
    return sides[-1], sides[0]
