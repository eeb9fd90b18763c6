"""`python -m kunster.bench train`: ratios, measured side by side in one run."""

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from kunster.command import verb


@verb()
def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m kunster.bench", description=__doc__)
    parser.add_argument("what", choices=["train"], help="train: stage-1 steps, 256x256, batch 4")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=12.0, help="of each way in each round")
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    options = parser.parse_args(arguments)

    from rich.console import Console
    from rich.table import Table

    from kunster.benchmarks.training import compare, ratios
    from kunster.hardware import choose_hardware
    from kunster.record import versions
    from kunster.replacing import replacing

    found = compare(options.rounds, options.seconds)
    times = ratios(found)
    table = Table("stage-1 step, 256x256, batch 4", "images/s", "ratio")
    for name, values in found.items():
        table.add_row(name, f"{statistics.median(values):.2f}", f"{times[name]:.1f}x")
    Console().print(table)
    if options.out:
        device = choose_hardware(accelerator="cpu").name
        figures = {"images_per_second": found, "ratio": times, "device": device}
        with replacing(options.out) as part:
            part.write_text(json.dumps({**figures, "versions": versions()}, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
