"""A run folder that can be packed: finished, of Table II, of a painting that ships."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kunster.assets.paintings import PAINTINGS, ShippedPainting
from kunster.errors import UserError
from kunster.results.run_folder import CONFIG, RESULTS, read_config, read_results
from kunster.results.runs import Run, read_run


@dataclass(frozen=True)
class FinishedRun:
    """A finished run.

    Attributes:
        id: its row of Table II.
        config, results: contents of config.yaml and results.json.
        painting: the shipped painting of its style.
    """

    run: Run
    id: int
    config: Mapping[str, Any]
    results: Mapping[str, Any]
    painting: ShippedPainting


def open_finished(folder: Path) -> FinishedRun:
    """The run in a folder.

    Raises:
        UserError: it is no run folder, the run has not ended, or it cannot ship.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no such run folder")
    if not (folder / CONFIG).is_file():
        raise UserError(f"{folder}: not a run folder: it holds no {CONFIG}")
    if not (folder / RESULTS).is_file():
        raise UserError(
            f"{folder}: this run has not ended, it holds no {RESULTS}: the command that began it, "
            "with resume=true, goes on"
        )
    run = read_run(folder)
    if run.id is None:
        raise UserError(f"{folder}: its network is none of Table II, by whose ids networks ship")
    painting = PAINTINGS.get(run.style)
    if painting is None:
        raise UserError(
            f"{folder}: style={run.style}: a card needs a painting that ships, with its source and "
            f"licence: {', '.join(sorted(PAINTINGS))}; --model {folder} and kunster export take "
            "your own as it is"
        )
    return FinishedRun(run, run.id, read_config(folder), read_results(folder), painting)
