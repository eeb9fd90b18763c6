"""A run folder that can be packed: finished, of Table II, of a painting that ships."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kunster.data.style_targets import StyleTargets, shipped_targets
from kunster.errors import UserError
from kunster.results.run_folder import CONFIG, RESULTS
from kunster.results.runs import Run, read_run


@dataclass(frozen=True)
class FinishedRun:
    """A finished run.

    Attributes:
        id: its row of Table II.
        config, results: contents of config.yaml and results.json.
        targets: shipped, of its painting.
    """

    run: Run
    id: int
    config: Mapping[str, Any]
    results: Mapping[str, Any]
    targets: StyleTargets


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
    run = read_run(folder / RESULTS)
    if run.id is None:
        raise UserError(f"{folder}: its network is none of Table II, by whose ids networks ship")
    try:
        targets = shipped_targets(run.style)
    except UserError as error:
        raise UserError(f"{folder}: {error}") from error
    return FinishedRun(run, run.id, _config(folder / CONFIG), _results(folder / RESULTS), targets)


def _config(path: Path) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UserError(f"{path} is not readable ({' '.join(str(error).split())})") from error
    if not isinstance(content, dict):
        raise UserError(f"{path} is not readable: not a configuration")
    return content


def _results(path: Path) -> Mapping[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))  # `read_run` found it readable
