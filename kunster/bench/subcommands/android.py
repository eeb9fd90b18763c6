"""LiteRT files beside what the converter makes of the same networks."""

import argparse
import statistics
from dataclasses import asdict
from typing import Any

from kunster.bench import setting

HELP = "our LiteRT files against what the converter makes"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("models", nargs="+", help="as of video")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each file in each round")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    from rich.console import Console
    from rich.table import Table

    from kunster.bench.android import race
    from kunster.bench.video import contenders
    from kunster.machine.hardware import choose_hardware

    setting.check_rounds(options.rounds)
    table = Table(
        *("id", "run", "threads", "converter's FPS", "ours", "ratio"),
        *("its TRANSPOSE", "of operations", "ours", "of"),
        title="LiteRT with XNNPACK, 480x320, float32",
        box=None,
    )
    rows = list(race(contenders(options.models), options.rounds, options.seconds))
    for row in rows:
        table.add_row(
            *("–" if row.id is None else str(row.id), row.name, str(row.threads)),
            *(f"{statistics.median(speeds):.1f}" for speeds in (row.converted, row.ours)),
            f"{row.ratio:.2f}x",
            *(str(count) for counts in row.operations for count in counts),
        )
    Console().print(table)
    return {
        "rows": [asdict(row) | {"ratio": row.ratio} for row in rows],
        "device": choose_hardware(accelerator="cpu").name,
    }
