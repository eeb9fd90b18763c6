"""The cache of photos, and crops out of it."""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from kunster.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

HELP = "photos into the cache, crops out of it, a build killed"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--photos", type=int, default=2000, help="JPEGs of 640x480 that are made")
    parser.add_argument("--pictures", type=Path, help="what of; default: the bundled photographs")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each way to make crops")
    parser.add_argument("--steps", type=int, default=300, help="of the training that is watched")
    parser.add_argument(
        "--folder", type=Path, help="with room for 1 MB a photo; default: temporary"
    )


def measure(options: argparse.Namespace) -> dict[str, Any]:
    from rich.console import Console

    from kunster.bench.data import measure as measured
    from kunster.bench.photo_tree import pictures_to_make_it_of
    from kunster.machine.hardware import choose_hardware

    if options.photos < 20 or not options.seconds > 0 or options.steps < 1:
        raise UserError("--photos must be 20 or more, --seconds more than 0, --steps 1 or more")
    pictures = pictures_to_make_it_of(options.pictures)
    with TemporaryDirectory(prefix="kunster-bench-", dir=options.folder) as folder:
        figures = measured(Path(folder), options.photos, pictures, options.seconds, options.steps)
    Console().print(_data_table(figures))
    return {**figures, "device": choose_hardware(accelerator="cpu").name}


def _data_table(figures: dict[str, Any]) -> "Table":
    from rich.table import Table

    build, killed = figures["build"], figures["killed"]
    size, waiting = figures["bytes_a_photo"] / 1000, figures["training"]["data_wait"]
    title = f"{figures['photos']} JPEGs of 640x480, {size:.0f} KB each"
    table = Table("what", "found", "CPU, each", "against plain", title=title, box=None)
    for name, rates in (
        ("photos/s into the cache", {"": build["cache"], ", plain": build["plain"]}),
        ("crops/s", {f", {way}": rate for way, rate in figures["crops"].items()}),
    ):
        plain = rates[", plain"]["a_second"]
        for way, rate in rates.items():
            speed, ours = rate["a_second"], "crops" not in name or "plain" not in way
            cost = f"{rate['cpu_ms']:.2f} ms" if ours else ""  # the rest is its workers'
            table.add_row(name + way, f"{speed:.0f}", cost, f"{speed / plain:.1f}x")
    for which, peak in build["peak_memory"].items():
        table.add_row(f"peak memory, {which}", f"{peak / 2**20:.0f} MB")
    table.add_row("a finished cache opened", f"{build['seconds_to_open']:.1f} s")
    table.add_row(f"killed at {killed['kept']}, begun again", f"{killed['seconds_again']:.1f} s")
    table.add_row("the same pixels as uninterrupted", str(killed["same"]))
    table.add_row("training waits for data", f"{waiting:.1%}")
    return table
