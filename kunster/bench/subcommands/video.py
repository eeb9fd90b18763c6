"""Table II's FPS columns on this machine."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kunster.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

    from kunster.bench.video import Measured

STEPS = ("decode", "network", "encode")

HELP = "Table II's FPS columns: 1080p in, resizing included"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("models", nargs="+", help="run folders, a sweep's folder, or model files")
    parser.add_argument("--video", type=Path, help="default: one made of photographs in motion")
    parser.add_argument("--engine", default="auto", help="as of kunster.stylize")
    parser.add_argument("--record", action="store_true", help="with H.264 written as well")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each plain run")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    from rich.console import Console

    from kunster.bench.clip import own_clip
    from kunster.bench.playback import check_video
    from kunster.bench.video import as_json, contenders
    from kunster.bench.video import measure as measured
    from kunster.machine.hardware import choose_hardware

    if not options.seconds > 0:
        raise UserError(f"--seconds {options.seconds:g}: must be more than 0")
    found = contenders(options.models)
    video = options.video or own_clip()
    check_video(video)
    rows = list(measured(found, video, options.engine, options.record, options.seconds))
    Console().print(_playback_table(rows))
    return as_json(rows, video, choose_hardware(accelerator="cpu").name)


def _playback_table(rows: list["Measured"]) -> "Table":
    from rich.table import Table

    table = Table(
        *("id", "run", "size", "FPS", "× 11 Pro", "× plain", "written"),
        *("decode", "network", "encode", "mean /255", "max /255"),
        title=f"{rows[0].engine}; decoding and resizing included",
        box=None,
    )
    for row in rows:
        shares = [f"{row.shares[step]:.0%}" if step in row.shares else "–" for step in STEPS]
        table.add_row(
            *("–" if row.id is None else str(row.id), row.name, row.size, f"{row.fps:.1f}"),
            "–" if row.phone is None else f"{row.fps / row.phone:.1f}",
            f"{row.fps / row.plain:.1f}",
            "–" if row.recorded is None else f"{row.recorded / row.fps:.0%}",
            *shares,
            *(f"{row.mean:.2f}", f"{row.maximum:.1f}"),
        )
    return table
