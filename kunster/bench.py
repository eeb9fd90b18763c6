"""`python -m kunster.bench train|data|video`: ratios, measured side by side in one run."""

import argparse
import json
import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from kunster.command import Arguments, verb
from kunster.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

    from kunster.benchmarks.steps import Contest, Found
    from kunster.benchmarks.video import Measured

STEPS = ("decode", "network", "encode")


@verb()
def main(arguments: Arguments = None) -> None:
    options = _parser().parse_args(arguments)
    figures = options.measure(options)
    if options.out:
        from kunster.record import versions
        from kunster.replacing import replacing

        with replacing(options.out) as part:
            part.write_text(json.dumps({**figures, "versions": versions()}, indent=2) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kunster.bench", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="train|data|video")
    train = verbs.add_parser("train", help="steps on 256x256, 4 photos or 2 pairs of frames")
    train.add_argument("--stage", choices=["1", "2", "both"], default="both")
    train.add_argument("--rounds", type=int, default=3)
    train.add_argument("--seconds", type=float, default=12.0, help="of each way in each round")
    train.set_defaults(measure=_train)
    data = verbs.add_parser("data", help="photos into the cache, crops out of it, a build killed")
    data.add_argument("--photos", type=int, default=2000, help="JPEGs of 640x480 that are made")
    data.add_argument("--pictures", type=Path, help="what of; default: the bundled photographs")
    data.add_argument("--seconds", type=float, default=5.0, help="of each way to make crops")
    data.add_argument("--steps", type=int, default=300, help="of the training that is watched")
    data.add_argument("--folder", type=Path, help="with room for 1 MB a photo; default: temporary")
    data.set_defaults(measure=_data)
    video = verbs.add_parser("video", help="Table II's FPS columns: 1080p in, resizing included")
    video.add_argument("models", nargs="+", help="run folders, a sweep's folder, or model files")
    video.add_argument("--video", type=Path, help="default: one made of photographs in motion")
    video.add_argument("--engine", default="auto", help="as of kunster.stylize")
    video.add_argument("--record", action="store_true", help="with H.264 written as well")
    video.add_argument("--seconds", type=float, default=5.0, help="of each plain run")
    video.set_defaults(measure=_video)
    for each in (train, data, video):
        each.add_argument("--out", type=Path, help="JSON file; FOLDER/bench.json for the report")
    return parser


def _train(options: argparse.Namespace) -> dict[str, Any]:
    from rich.console import Console

    from kunster.benchmarks import temporal, training
    from kunster.benchmarks.steps import compare
    from kunster.hardware import choose_hardware

    contests = {"1": training.CONTEST, "2": temporal.CONTEST}
    chosen = contests if options.stage == "both" else {options.stage: contests[options.stage]}
    stages = {}
    for stage, contest in chosen.items():
        found = compare(contest, options.rounds, options.seconds)
        times = _ratios(contest, found)
        Console().print(_table(contest, found, times))
        stages[stage] = {"images_per_second": found, "ratio": times}
    return {"stages": stages, "device": choose_hardware(accelerator="cpu").name}


def _data(options: argparse.Namespace) -> dict[str, Any]:
    from rich.console import Console

    from kunster.benchmarks.data import measure
    from kunster.benchmarks.photo_tree import pictures_to_make_it_of
    from kunster.hardware import choose_hardware

    if options.photos < 20 or not options.seconds > 0 or options.steps < 1:
        raise UserError("--photos must be 20 or more, --seconds more than 0, --steps 1 or more")
    pictures = pictures_to_make_it_of(options.pictures)
    with TemporaryDirectory(prefix="kunster-bench-", dir=options.folder) as folder:
        figures = measure(Path(folder), options.photos, pictures, options.seconds, options.steps)
    Console().print(_data_table(figures))
    return {**figures, "device": choose_hardware(accelerator="cpu").name}


def _data_table(figures: dict[str, Any]) -> "Table":
    from rich.table import Table

    build, killed = figures["build"], figures["killed"]
    size, waiting = figures["bytes_a_photo"] / 1000, figures["training"]["data_wait"]
    title = f"{figures['photos']} JPEGs of 640x480, {size:.0f} KB each"
    table = Table("what", "found", "CPU, each", "against plain", "asked", title=title, box=None)
    for name, rates, asked in (
        ("photos/s into the cache", {"": build["cache"], ", plain": build["plain"]}, "≥ 150"),
        ("crops/s", {f", {way}": rate for way, rate in figures["crops"].items()}, "≥ 1500"),
    ):
        plain = rates[", plain"]["a_second"]
        for way, rate in rates.items():
            speed, ours = rate["a_second"], "crops" not in name or "plain" not in way
            cost = f"{rate['cpu_ms']:.2f} ms" if ours else ""  # the rest is its workers'
            floor = asked if "plain" not in way and "disk" not in way else ""
            table.add_row(name + way, f"{speed:.0f}", cost, f"{speed / plain:.1f}x", floor)
    for which, peak in build["peak_memory"].items():
        table.add_row(f"peak memory, {which}", f"{peak / 2**20:.0f} MB", "", "", "constant")
    table.add_row("a finished cache opened", f"{build['seconds_to_open']:.1f} s")
    table.add_row(f"killed at {killed['kept']}, begun again", f"{killed['seconds_again']:.1f} s")
    table.add_row("the same pixels as uninterrupted", str(killed["same"]), "", "", "True")
    table.add_row("training waits for data", f"{waiting:.1%}", "", "", "≤ 5 %")
    return table


def _video(options: argparse.Namespace) -> dict[str, Any]:
    from rich.console import Console

    from kunster.benchmarks.clip import own_clip
    from kunster.benchmarks.playback import check_video
    from kunster.benchmarks.video import as_json, contenders, measure
    from kunster.hardware import choose_hardware

    if not options.seconds > 0:
        raise UserError(f"--seconds {options.seconds:g}: must be more than 0")
    found = contenders(options.models)
    video = options.video or own_clip()
    check_video(video)
    rows = list(measure(found, video, options.engine, options.record, options.seconds))
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


def _ratios(contest: "Contest", found: "Found") -> dict[str, float]:
    """Of every way against the first, then the further ones, by what stands in the table."""
    from kunster.benchmarks.steps import ratio

    first = next(iter(contest.ways))
    times = {way: ratio(found[way], found[first]) for way in contest.ways}
    further = {
        f"{way} against {base}": ratio(found[way], found[base]) for way, base in contest.further
    }
    return times | further


def _table(contest: "Contest", found: "Found", times: dict[str, float]) -> "Table":
    from rich.table import Table

    table = Table(contest.title, "images/s", "ratio")
    for name, value in times.items():
        speed = f"{statistics.median(found[name]):.2f}" if name in found else ""
        table.add_row(name, speed, f"{value:.1f}x", end_section=name == list(found)[-1])
    return table


if __name__ == "__main__":
    sys.exit(main())
