"""`kunster sweep table2 [KEY=VALUE …]`: a grid of runs, each trained once."""

import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from kunster.console.command import verb
from kunster.console.options import path
from kunster.console.parser import Parser
from kunster.errors import UserError

if TYPE_CHECKING:  # torch takes seconds to import: not for --help
    from rich.table import Table

    from kunster.sweep.launcher import Launcher
    from kunster.sweep.points import Point


def _main(options: Namespace) -> None:
    """Plans, checks and trains all runs; what is finished is skipped, what was cut off resumed."""
    from kunster.sweep.grid import find_sweep, read_grid

    file = find_sweep(options.sweep)
    if options.dry_run:
        print(f"{options.sweep}: composing its runs", file=sys.stderr, flush=True)
    from rich.console import Console

    from kunster.run.needs import bring_missing
    from kunster.sweep.folder import open_sweep
    from kunster.sweep.launcher import choose_launcher
    from kunster.sweep.orchestra import Orchestra
    from kunster.sweep.points import compose_points

    grid = read_grid(file, options.overrides)
    launcher, points = choose_launcher(grid), compose_points(grid)
    if options.dry_run:
        _announce(points, launcher)
        return
    launcher.check()
    bring_missing([point.config for point in points])  # once, not by each run
    folder = (options.out or Path("runs") / options.sweep.stem).resolve()
    open_sweep(folder, points)
    orchestra = Orchestra(folder, points, launcher)
    began = time.monotonic()
    orchestra.play(Console(stderr=True, soft_wrap=True))
    Console().print(result_table(folder, points))
    minutes = (time.monotonic() - began) / 60
    Console().print(
        f"{minutes:.1f} minutes for runs that took {orchestra.seconds / 60:.1f}, as many as "
        f"{launcher.slots} at once"
    )
    if orchestra.failures:
        failed = "; ".join(f"{name}: {reason}" for name, reason in orchestra.failures.items())
        raise UserError(f"{len(orchestra.failures)} of {len(points)} runs failed: {failed}")


def _announce(points: list["Point"], launcher: "Launcher") -> None:
    from rich.console import Console

    from kunster.assets.registry import data_root
    from kunster.fetch.bring import print_assets
    from kunster.run.needs import missing_assets
    from kunster.sweep.launcher import Here
    from kunster.sweep.minutes import expected_minutes

    if missing := missing_assets([point.config for point in points]):
        Console().print(plan_table(points))
        print_assets(missing, data_root())
        names = " ".join(asset.name for asset in missing)
        print(f"{len(points)} runs; their minutes are timed after kunster fetch {names}")
        return
    slots = launcher.slots if isinstance(launcher, Here) else 1  # a cluster's are not timed here
    minutes = expected_minutes(points, slots)
    Console().print(plan_table(points, minutes))
    at_once = f", {slots} runs at once" if slots > 1 else ""
    Console().print(
        f"{len(points)} runs: about {sum(minutes) / slots:.0f} minutes of training on this "
        f"machine{at_once}, estimated from a few steps; exports and pictures come on top"
    )


def plan_table(points: list["Point"], minutes: list[float] | None = None) -> "Table":
    """Network, steps and, where they were estimated, minutes of each run."""
    from rich.table import Column, Table

    from kunster.networks.table2 import megabytes

    table = Table(
        *("id", Column("run", overflow="fold"), "style", "α", "β"),
        *("parameters", "MB", "steps", "minutes"),
        box=None,
    )
    shown = [f"{each:.1f}" for each in minutes] if minutes else ["–"] * len(points)
    for point, expected in zip(points, shown, strict=True):
        network = point.description
        steps = [str(point.config["objective"][stage]["steps"]) for stage in point.config["stages"]]
        table.add_row(
            *(_text(point.id), point.name, network.style),
            *(_text(network.alpha), _text(network.beta)),
            *(f"{network.parameters:,}", f"{megabytes(network.parameters):.2f}"),
            *(" + ".join(steps), expected),
        )
    return table


def result_table(folder: Path, points: list["Point"]) -> "Table":
    """Figures of the finished stages, each by the judge of its run."""
    from rich.table import Column, Table

    from kunster.results.run_folder import RESULTS, read_results

    table = Table(
        *("id", Column("run", overflow="fold"), "parameters", "minutes", "stage"),
        *("style", "content", "e_stab"),
        box=None,
    )
    for point in points:
        trained = (folder / point.name / RESULTS).is_file()
        stages = read_results(folder / point.name)["stages"] if trained else {}
        name, parameters = point.name, f"{point.description.parameters:,}"
        for stage, figures in (stages or {"not trained": {}}).items():
            judged = figures.get("evaluation", {})
            minutes = f"{figures['seconds'] / 60:.1f}" if "seconds" in figures else "–"
            found = [_text(judged.get(each)) for each in ("style", "content", "e_stab")]
            table.add_row(_text(point.id), name, parameters, minutes, stage, *found)
    return table


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def parser() -> Parser:
    made = Parser(
        "sweep",
        "SWEEP [KEY=VALUE …] [options]",
        "Trains a grid of networks. Run again, it skips what is finished and resumes what was "
        "interrupted. The words after SWEEP are Hydra's, as of `kunster run`: seed=3 holds for "
        "every run, style=scream,udnie is an axis, hydra/launcher=joblib trains several at once, "
        "hydra/launcher=slurm makes each a job of a cluster.",
        [
            "table2 --dry-run",
            "table2 +profile=quick hydra/launcher=joblib --out runs/quick",
        ],
        {"--folder": "--out"},
    )
    made.add_argument(
        "sweep",
        type=path,
        metavar="SWEEP",
        help="table2, the networks of the paper's Table II, or a sweep file of your own",
    )
    made.add_argument(
        "overrides",
        nargs="*",
        default=[],
        metavar="KEY=VALUE",
        help="`kunster run --help` tells which",
    )
    made.share("--out", use=" (default: runs/NAME of the sweep)")
    made.add_argument(
        "--dry-run",
        action="store_true",
        help="show the runs and, from a few steps of some of them, about how long they will take; "
        "fetch and write nothing",
    )
    return made


main = verb(parser, _main, interrupted="interrupted: the same command goes on", extra="train")

if __name__ == "__main__":
    sys.exit(main())
