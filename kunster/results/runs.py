"""Finished runs of a sweep's folder, read from their `results.json`."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kunster.errors import UserError
from kunster.networks.description import STAGES, Stage
from kunster.networks.model_paths import FILES, model_in
from kunster.networks.table2 import ROWS, Row, called
from kunster.results.run_folder import RESULTS, read_results

MEASURED_ON = ("photos", "pairs")
MEND = "train that run again, or take its folder out"
# the painted measures that tables show, of `kunster.measures.painted_networks`
PAINTED = ("stroke", "tint", "masses", "content4", "relu4_1")


@dataclass(frozen=True)
class Figures:
    """Quality of one network, lower is better; None where it was not measured.

    Attributes:
        painted: measures of `kunster.measures.painted_networks`, those that were taken.
    """

    style: float | None = None
    content: float | None = None
    e_stab: float | None = None
    painted: Mapping[str, float | None] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "Figures":
        """Figures by name; NaN, the score of a diverged network, becomes None."""
        named = {name: _number(found.get(name)) for name in ("style", "content", "e_stab")}
        painted = {name: _number(value) for name, value in found.get("painted", {}).items()}
        return cls(**named, painted=painted)


@dataclass(frozen=True)
class Trained:
    """One stage of a run.

    Attributes:
        judge: the perceptual network behind style and content.
        measured_on: kinds of data by name, in words.
    """

    model: Path
    figures: Figures
    judge: str
    measured_on: Mapping[str, str]


@dataclass(frozen=True)
class Run:
    """One trained network with its results.

    Attributes:
        id: its row of Table II, or None.
        alpha, beta: None for the baselines.
    """

    folder: Path
    id: int | None
    alpha: float | None
    beta: float | None
    parameters: int
    style: str
    device: str
    stages: Mapping[Stage, Trained]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def label(self) -> str:
        """Name of the network in figures."""
        return self.name if self.id is None else str(self.id)

    @property
    def called(self) -> str:
        """Name of the network in sentences."""
        return called(self.name, self.id, self.alpha, self.beta, self.parameters)

    @property
    def printed(self) -> Row | None:
        """Its row of Table II as the paper prints it."""
        return next((row for row in ROWS if row.id == self.id), None)

    @property
    def last_stage(self) -> Stage:
        """The stage trained last, whose network ships."""
        return list(self.stages)[-1]

    @property
    def last(self) -> Trained:
        return self.stages[self.last_stage]


def find_runs(folder: Path) -> tuple[list[Run], list[str]]:
    """All runs one level below `folder`, sorted by painting and id, and notes for the reader.

    Of two runs of the same network and painting the first by name is used; a note says so.

    Raises:
        UserError: no folder, no runs in it, or results or a model that cannot be used.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder")
    if (folder / RESULTS).is_file():
        raise UserError(f"{folder}: is one run; give the folder that it lies in, {folder.parent}")
    folders = sorted((path.parent for path in folder.glob(f"*/{RESULTS}")), key=_natural)
    if not folders:
        raise UserError(
            f"{folder}: no finished runs: none of its folders holds a {RESULTS}; "
            "give the folder of a sweep or of a multirun"
        )
    chosen: dict[tuple[str, object], Run] = {}
    notes = []
    for run in map(read_run, folders):
        known = chosen.setdefault((run.style, run.id or run.name), run)
        if known is not run:
            notes.append(
                f"{run.name} is left out: {known.name} is also id {run.id} in the style {run.style}"
            )
    order = [run.style for run in chosen.values()]
    runs = sorted(chosen.values(), key=lambda run: (order.index(run.style), run.id or math.inf))
    return runs, notes


def paintings(runs: Sequence[Run]) -> list[str]:
    """Styles in the order of their first runs."""
    return list(dict.fromkeys(run.style for run in runs))


def _natural(folder: Path) -> tuple[int, str]:
    """Sort key under which 2 comes before 10: Hydra numbers its runs."""
    name = folder.name
    return (int(name) if name.isdecimal() else -1, name)


def read_run(folder: Path) -> Run:
    """The finished run in a folder.

    Raises:
        UserError: its results are not readable, or a model is missing.
    """
    try:
        content = read_results(folder)
    except UserError as error:
        raise UserError(f"{error}: {MEND}") from error
    try:
        return _run(folder, content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"has no {error}" if isinstance(error, KeyError) else str(error).splitlines()[0]
        raise UserError(f"{folder / RESULTS} is not readable ({what}): {MEND}") from error


def _run(folder: Path, content: Mapping[str, Any]) -> Run:
    number = content["id"]
    if number not in {None, *(row.id for row in ROWS)}:
        raise ValueError(f"id={number} is no row of Table II")
    stages = {stage: content["stages"][stage] for stage in STAGES if stage in content["stages"]}
    if not stages:
        raise ValueError("no stage of it is finished")
    return Run(
        folder=folder,
        id=number,
        alpha=_number(content["alpha"]),
        beta=_number(content["beta"]),
        parameters=int(content["parameters"]),
        style=str(content["style"]),
        device=str(content.get("device", "unknown")),
        stages={
            stage: _trained(folder / stage, found["evaluation"]) for stage, found in stages.items()
        },
    )


def _trained(folder: Path, evaluation: Mapping[str, Any]) -> Trained:
    model = model_in(folder)
    if model is None:
        raise UserError(
            f"{folder}: the model is missing: none of {', '.join(FILES)} is there; {MEND}"
        )
    measured_on = {name: str(evaluation[name]) for name in MEASURED_ON if name in evaluation}
    judge = str(evaluation.get("judge", "unknown"))
    return Trained(model, Figures.of(evaluation), judge, measured_on)


def _number(value: Any) -> float | None:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return float(value)
