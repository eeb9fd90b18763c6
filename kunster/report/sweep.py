"""A sweep as the report reads it: its runs, their evaluation and their speed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Gt
from pydantic import FiniteFloat, TypeAdapter, ValidationError

from kunster.errors import UserError
from kunster.networks.description import Stage
from kunster.report.devices import Device, read_device
from kunster.results.run_folder import read_mapping
from kunster.results.runs import Figures, Run, Trained, find_runs

EVALUATION, BENCH = "evaluation.json", "bench.json"
SIZES = ("480x320", "320x240")  # of Table II's FPS columns
SPEEDS = TypeAdapter(dict[str, Annotated[FiniteFloat, Gt(0)]])  # FPS by run folder


@dataclass(frozen=True)
class Sweep:
    """Runs with their figures.

    Attributes:
        judge: the perceptual network of all style and content distances.
        speeds: FPS on this machine by size and run, where measured.
        notes: sources of the figures and what was left out, for the reader.
        strips: the picture of the evaluation's video strips; None where no video was measured.
        devices: others, as measured in their browsers.
    """

    folder: Path
    runs: Sequence[Run]
    judge: str
    speeds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    notes: Sequence[str] = ()
    strips: Path | None = None
    devices: Sequence[Device] = ()

    def fps(self, run: Run, size: str) -> float | None:
        return self.speeds.get(size, {}).get(run.name)


def read_sweep(folder: Path, devices: Sequence[Path] = ()) -> Sweep:
    """A sweep's runs with the figures of `evaluation.json`, or else each run's own.

    Args:
        devices: files of `read_device`.

    Raises:
        UserError: something in the folder is missing or unusable, or judges differ.
    """
    runs, notes = find_runs(folder)
    evaluated = _read(folder / EVALUATION)
    speeds = _speeds(folder / BENCH)
    if evaluated:
        runs, sources = _evaluated(runs, evaluated, folder / EVALUATION)
    else:
        sources = _own(runs)
    missing = [size for size in SIZES if not any(run.name in speeds.get(size, {}) for run in runs)]
    if missing:
        notes.append(f"FPS at {' and '.join(missing)}: not measured, {folder.name} has no {BENCH}")
    strips = folder / Path(str(evaluated["strips"])).name if evaluated.get("strips") else None
    if strips and not strips.is_file():
        notes.append(f"video strips: left out, {strips.name} is not beside {EVALUATION}")
        strips = None
    measured = [device for path in devices for device in read_device(path)]
    notes += [f"{device.name}: {device.agent}" for device in measured]
    return Sweep(folder, runs, _judge(runs), speeds, [*sources, *notes], strips, measured)


def _judge(runs: Sequence[Run]) -> str:
    judges = {stage.judge for run in runs for stage in run.stages.values()}
    if len(judges) > 1:
        raise UserError(
            f"judged by {' and '.join(sorted(judges))}, which do not compare: measure all with "
            "`kunster evaluate … --out <this folder>`"
        )
    return judges.pop()


def _own(runs: Sequence[Run]) -> list[str]:
    stages = [stage for run in runs for stage in run.stages.values()]
    facts = {f"{name}: {words}" for stage in stages for name, words in stage.measured_on.items()}
    return [
        f"Figures: each run's own, of a few photos after each stage; {_under(_judge(runs))}",
        *sorted(facts),
    ]


def _under(judge: str) -> str:
    return f"style and content distance under {judge}, the judge in the table's headings"


def _evaluated(
    runs: Sequence[Run], content: Mapping[str, Any], path: Path
) -> tuple[list[Run], list[str]]:
    try:
        judge = str(content["judge"]["name"])
        figures = _figures_by_model(content["rows"])
        sources = [f"{name}: {words}" for name, words in content["measured_on"].items()]
        formulas = [str(formula) for formula in content["formulas"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path}: not what `kunster evaluate` writes; delete it to do without"
        ) from error
    found = [replace(run, stages=_judged(run, figures, judge)) for run in runs]
    return found, [f"Figures: those of {path.name}; {_under(judge)}", *sources, *formulas]


def _figures_by_model(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Figures]:
    """Figures by name of the run folder and stage; sweeps are moved, so paths do not count."""
    return {
        (Path(row["origin"]["run"]).name, row["origin"]["stage"]): Figures.of(row)
        for row in rows
        if row["origin"]
    }


def _judged(
    run: Run, figures: Mapping[tuple[str, str], Figures], judge: str
) -> dict[Stage, Trained]:
    return {
        name: replace(stage, figures=figures.get((run.name, name), Figures()), judge=judge)
        for name, stage in run.stages.items()
    }


def _speeds(path: Path) -> dict[str, dict[str, float]]:
    content = _read(path)
    try:
        return {size: SPEEDS.validate_python(content.get(size, {}), strict=True) for size in SIZES}
    except ValidationError as error:
        raise UserError(
            f'{path}: must be {{"{SIZES[0]}": {{"<run folder>": FPS, …}}, …}}'
        ) from error


def _read(path: Path) -> dict[str, Any]:
    """A JSON object; empty without the file."""
    if not path.exists():
        return {}
    try:
        return read_mapping(path, json.loads)
    except UserError as error:
        raise UserError(f"{error}: delete it to do without") from error
