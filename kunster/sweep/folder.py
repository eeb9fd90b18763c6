"""The folder of a sweep: its list of runs, their configurations, and which are complete."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from kunster.errors import UserError
from kunster.files.replacing import replacing
from kunster.results.identity import first_difference
from kunster.results.run_folder import CONFIG, RESULTS, read_mapping, read_results
from kunster.sweep.points import Point

SWEEP, LOGS = "sweep.yaml", "logs"
SHIPPED = ("last.ckpt", "preview.png")  # what every finished stage has
EXPORTED = ("model.safetensors", "model.onnx", "model.mlpackage")


def open_sweep(folder: Path, points: Sequence[Point]) -> None:
    """Makes `folder` the place of this sweep, or refuses; writes all configurations.

    Raises:
        UserError: it holds something else, or a run that was edited or half deleted, or a name
            is too long for this file system.
    """
    path = folder / SWEEP
    try:
        for point in points:
            (folder / point.name).exists()
    except OSError as error:
        raise UserError(f"{error.filename}: cannot be written: {error.strerror}") from error
    if path.is_file():
        _check_same(folder, points)
    elif folder.is_dir() and any(folder.iterdir()):
        raise UserError(f"{folder} is not empty and holds no sweep: --out writes elsewhere")
    for point in points:
        finished(folder, point)
    for point in points:
        _write(_written(folder, point), dict(point.config))
    _write(path, {"runs": {point.name: point.identity for point in points}})


def finished(folder: Path, point: Point) -> bool:
    """True where a run is complete.

    Raises:
        UserError: it is another run than the sweep's, or says it is complete and is not.
    """
    run = folder / point.name
    if (run / CONFIG).is_file() and first_difference(_read(run / CONFIG), point.config):
        raise UserError(
            f"{run / CONFIG} is not what this sweep runs: delete {run} to train it again"
        )
    if not (run / RESULTS).is_file():
        return False
    try:
        stages = read_results(run)["stages"]
    except (UserError, KeyError) as error:
        raise UserError(
            f"{run / RESULTS} is not readable: delete {run} to train it again"
        ) from error
    files = (*SHIPPED, *(EXPORTED if point.config["export"]["enabled"] else ()))
    paths = (Path(stage, file) for stage in stages for file in files)
    gone = next((path for path in paths if not (run / path).exists()), None)
    if gone:
        raise UserError(f"{run}: {gone} is missing: delete {run} to train it again")
    return True


def _check_same(folder: Path, points: Sequence[Point]) -> None:
    before = _read(folder / SWEEP).get("runs")
    if not isinstance(before, dict):
        raise UserError(f"{folder / SWEEP} is not readable: --out writes elsewhere")
    other = sorted(before.keys() ^ {point.name for point in points})
    other += [
        point.name
        for point in points
        if point.name in before and first_difference(_read(_written(folder, point)), point.config)
    ]
    if other:
        raise UserError(
            f"{folder} holds another sweep (it differs in {other[0]}): --out writes elsewhere"
        )


def _written(folder: Path, point: Point) -> Path:
    """The configuration of a run as the sweep wrote it."""
    return folder / "configs" / f"{point.name}.yaml"


def _read(path: Path) -> dict[str, Any]:
    try:
        return read_mapping(path, yaml.safe_load)
    except UserError as error:
        raise UserError(f"{error}: delete its folder to start again") from error


def _write(path: Path, content: object) -> None:
    with replacing(path) as part:
        part.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True))
