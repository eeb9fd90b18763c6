"""What a long video takes against a short one."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kunster.errors import UserError

HELP = "of kunster.stylize on a long video and a short one"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="as of kunster.stylize")
    parser.add_argument("--video", type=Path, help="played over and over; default as of video")
    parser.add_argument("--short", type=float, default=20, help="seconds (default: 20)")
    parser.add_argument("--long", type=float, default=600, help="seconds (default: 600)")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    from rich.console import Console
    from rich.table import Table

    from kunster.bench.clip import own_clip
    from kunster.bench.memory import passages

    lengths = options.short, options.long
    if not 0 < options.short <= options.long:
        raise UserError("--short and --long: seconds, more than 0, the longer not the shorter")
    found = passages(options.model, options.video or own_clip(), lengths)
    table = Table("seconds", "frames in, out", "sound", "peak memory", "FPS", box=None)
    for each in found:
        table.add_row(
            *(f"{each.given.seconds:.2f}, {each.came.seconds:.2f}",),
            f"{each.given.frames}, {each.came.frames}",
            "the same" if each.given.sound == each.came.sound else "DIFFERS",
            f"{each.peak / 2**20:.0f} MiB",
            f"{each.came.frames / each.took:.0f}",
        )
    Console().print(table)
    more = found[1].peak / found[0].peak - 1
    Console().print(f"{more:+.1%} memory for the longer; FPS with the start of the program")
    return {"passages": [asdict(each) | {"whole": each.whole} for each in found], "more": more}
