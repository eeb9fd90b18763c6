"""Figures of packed networks in the files of `kunster evaluate`."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kunster.errors import UserError
from kunster.networks.description import Stage
from kunster.results.run_folder import read_mapping

FIGURES = ("style", "content", "e_stab", "bubbles", "grid", "border")
# in what it was measured on: counts and kinds, no paths
COUNTS = {
    "photos": re.compile(r"(\d+) of \d+"),
    "sintel": re.compile(r"(\d+ pairs at \d+x\d+(?:, without [\w ]+,)?)"),
}


@dataclass(frozen=True)
class Measured:
    """Figures of a network and of the input itself, by name; None where not measured.

    Attributes:
        judge: name and start of the sha256 of the perceptual network.
        data: photos and pairs that were measured, in words.
        painted: figures of the network, the photos and the painting, by row and name; empty
            where they were not measured.
        formulas: of the measured figures.
    """

    judge: str
    figures: Mapping[str, float | None]
    of_input: Mapping[str, float | None]
    data: str
    formulas: Sequence[str]
    painted: Mapping[str, Mapping[str, float]]


def read_evaluation(path: Path) -> Mapping[str, Any]:
    """The content of an `evaluation.json`.

    Raises:
        UserError: no such file, or it is another kind of file.
    """
    try:
        content = read_mapping(path, json.loads)
        names = {"judge", "rows", "measured_on", "formulas"}
        if not names <= content.keys():
            raise UserError(f"has no {', '.join(sorted(names - content.keys()))}")
    except UserError as error:
        raise UserError(
            f"--evaluation {path}: not an evaluation.json of `kunster evaluate` ({error})"
        ) from error
    return content


def measured(
    evaluation: Mapping[str, Any], run: Path | None, shipped: Path, stage: Stage
) -> Measured | None:
    """Figures of a stage of a run, or of the file that was packed from it; None without any.

    Args:
        run: the run folder, if there is one; compared by name, as evaluations are made anywhere.
        shipped: <style>/<id>-<stage>.safetensors.
    """
    rows = evaluation["rows"]
    row = next((row for row in rows if _is_of(row, run, shipped, stage)), None)
    if row is None:
        return None
    of_input: Mapping[str, Any] = next((row for row in rows if row.get("origin") is None), {})
    figures = {name: row.get(name) for name in FIGURES}
    judge = evaluation["judge"]
    return Measured(
        judge=f"{judge['name']} ({judge['sha256'][:12]}…)",
        figures=figures,
        of_input={name: of_input.get(name) for name in FIGURES},
        data=_data(evaluation["measured_on"]),
        formulas=[
            formula
            for formula in evaluation["formulas"]
            if _named(formula) in row.get("painted", {}) or figures.get(_named(formula)) is not None
        ],
        painted=_painted(evaluation, row, of_input),
    )


def _named(formula: str) -> str:
    """The figure, or the last of several, that a formula is of."""
    return formula.partition(" = ")[0].rpartition(", ")[2]


def _painted(
    evaluation: Mapping[str, Any], row: Mapping[str, Any], of_input: Mapping[str, Any]
) -> dict[str, Mapping[str, float]]:
    if not row.get("painted"):
        return {}
    return {
        "this network": row["painted"],
        "the photos": of_input.get("painted", {}),
        "the painting": evaluation.get("own_painting", {}),
    }


def _is_of(row: Mapping[str, Any], run: Path | None, shipped: Path, stage: Stage) -> bool:
    origin = row.get("origin")
    if not origin or origin["stage"] != stage:
        return False
    parts = Path(origin["run"]).parts
    trained = run is not None and parts[-1:] == (run.resolve().name,)
    return trained or parts[-2:] == shipped.parts[-2:]


def _data(measured_on: Mapping[str, str]) -> str:
    found = {name: pattern.match(measured_on.get(name, "")) for name, pattern in COUNTS.items()}
    words = []
    if found["photos"]:
        bundled = "bundled with" in measured_on["photos"]
        kind = "photographs that come with Kunster" if bundled else "photos"
        words.append(f"{found['photos'][1]} {kind}")
    if found["sintel"]:
        words.append(f"{found['sintel'][1]} of MPI Sintel")
    return ", ".join(words)
