"""kunster.page in a real browser, from a camera to the screen."""

import argparse
from typing import TYPE_CHECKING, Any

from kunster.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

    from kunster.bench.page import Shows

HELP = "kunster.page in headless Chromium, from a fake camera"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("models", nargs="+", help="as of kunster.page")
    parser.add_argument("--size", type=int, default=240, choices=[160, 240, 320, 480, 720])
    parser.add_argument(
        "--seconds", type=float, default=20.0, help="of each network; 180 to soak it"
    )


def measure(options: argparse.Namespace) -> dict[str, Any]:
    from rich.console import Console

    from kunster.bench.page import measure as show
    from kunster.machine.hardware import choose_hardware
    from kunster.page.networks import shown_networks

    if not options.seconds > 0:
        raise UserError(f"--seconds {options.seconds:g}: must be more than 0")
    rows = show(shown_networks(options.models), options.size, options.seconds)
    Console().print(_page_table(rows))
    device = choose_hardware(accelerator="cpu").name
    return {"rows": [row.to_dict() for row in rows], "device": device}


def _page_table(rows: list["Shows"]) -> "Table":
    from rich.table import Table

    table = Table(
        *("network", "size", "first picture", "FPS", "ms", "longest gap", "memory", "at the end"),
        title=f"camera to screen, in headless Chromium; {rows[0].engine}",
        box=None,
    )
    for row in rows:
        table.add_row(
            f"id {row.id}" if row.id else row.name,
            *(row.size, f"{row.first / 1000:.2f} s", f"{row.fps:.1f}"),
            *(f"{row.milliseconds:.1f}", f"{row.slowest:.2f} s"),
            *(f"{row.memory / 1e6:.0f} MB", f"{row.memory_after / row.memory - 1:+.1%}"),
        )
    return table
