"""Run folders and evaluations below a folder, as the views Runs and Compare show them."""

import io
import json
import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from kunster.assets.paintings import title_of
from kunster.errors import UserError
from kunster.networks.description import STAGES, Stage
from kunster.networks.table2 import ROWS, called
from kunster.results.run_folder import (
    CONFIG,
    RESULTS,
    is_held,
    read_config,
    read_mapping,
    read_results,
)

DEPTH = 4  # folders below the one that is given
# files of a stage that are shown, and those that an app or a page takes; .zip: the folder, packed
APPS = ("model.mlpackage.zip", "model.tflite", "model.onnx", "model.safetensors")
SHOWN = ("preview.png", "preview.mp4", "curve.csv", "curve.png", "index.html", *APPS)
EVALUATION = "evaluation.json"
FIGURES = {"style": "style distance", "content": "content distance", "e_stab": "e_stab"}


def run_folders(folder: Path) -> list[Path]:
    """Run folders at and below a folder, those that changed last first."""
    found = [
        path.parent for path in _below(folder, CONFIG) if (_config(path) or {}).get("objective")
    ]
    return sorted(found, key=_changed, reverse=True)


def sweeps(folder: Path) -> list[Path]:
    """Folders that hold finished runs, the one with most of them first."""
    finished = [run.parent for run in run_folders(folder) if (run / RESULTS).is_file()]
    return sorted(dict.fromkeys(finished), key=lambda each: (-finished.count(each), each))


def described(run: Path, folder: Path) -> dict[str, Any]:
    """A run as the view shows it; addresses are relative to it, times in seconds since 1970."""
    config = _config(run / CONFIG) or {}
    results = _results(run)
    style = str(config.get("style", {}).get("name", ""))
    state = "finished" if results else "training" if is_held(run) else "stopped"
    name = str(run.relative_to(folder)) if run != folder else run.resolve().name
    return {
        "name": name,
        "title": title_of(style),
        "called": _called(run, config, results),
        "state": state,
        "page": _address(run / "index.html", folder),
        "stages": [
            _stage(stage, run, folder, config, results)
            for stage in STAGES
            if (run / stage).is_dir() or stage in config.get("stages", ())
        ],
    }


def packed_folder(folder: Path) -> bytes:
    """The folder as a zip file."""
    with ZipFile(content := io.BytesIO(), "w", ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder.parent))
    return content.getvalue()


def evaluations(folder: Path) -> list[dict[str, Any]]:
    """Tables of `kunster evaluate`: title, headings and rows of text, those that can be read."""
    found = []
    for path in _below(folder, EVALUATION):
        try:
            content = read_mapping(path, json.loads)
            rows, judge = content["rows"], content["judge"]["name"]
            headings = [name for name in rows[0] if any(_is_figure(row[name]) for row in rows)]
            cells = [
                [_short(row["name"]), *(_text(row[name]) for name in headings)] for row in rows
            ]
        except (UserError, KeyError, TypeError, IndexError):
            continue
        title = f"{path.parent.relative_to(folder)}, judge {judge}"
        found.append({"title": title, "headings": headings, "lines": cells})
    return found


def _below(folder: Path, name: str) -> Iterator[Path]:
    """Files of a name, not those of hidden folders."""
    for here, inside, files in os.walk(folder):
        if name in files:
            yield Path(here, name)
        deep = len(Path(here).relative_to(folder).parts) >= DEPTH
        inside[:] = [] if deep else [each for each in sorted(inside) if each[0] != "."]


def _config(path: Path) -> Mapping[str, Any] | None:
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, UserError):
        return None


@lru_cache(maxsize=500)
def _read(path: Path, changed: int) -> Mapping[str, Any]:
    """A configuration, read once unless it changes: YAML is slow."""
    return read_config(path.parent)


def _results(run: Path) -> Mapping[str, Any]:
    """Empty before the run's end."""
    try:
        return read_results(run)
    except UserError:
        return {}


def _called(run: Path, config: Mapping[str, Any], results: Mapping[str, Any]) -> str:
    alpha, beta = config.get("alpha"), config.get("beta")
    row = next((row for row in ROWS if (row.alpha, row.beta) == (alpha, beta)), None)
    if "parameters" in results:
        return called(run.name, results.get("id"), alpha, beta, results["parameters"])
    if row is None:
        return run.name
    return called(run.name, row.id, alpha, beta, 1000 * int(row.parameters.removesuffix("k")))


def _stage(
    stage: Stage,
    run: Path,
    folder: Path,
    config: Mapping[str, Any],
    results: Mapping[str, Any],
) -> dict[str, Any]:
    objective = config.get("objective", {}).get(stage) or {}
    measured = results.get("stages", {}).get(stage, {}).get("evaluation", {})
    return {
        "words": STAGES[stage],
        "steps": objective.get("steps"),
        "files": {name: _address(run / stage / name, folder) for name in SHOWN},
        "figures": {
            words: measured[name]
            for name, words in FIGURES.items()
            if _is_figure(measured.get(name))
        },
    }


def _address(file: Path, folder: Path) -> str | None:
    """With the time of its last change, so that browsers read it anew; None without the file."""
    there = file.with_suffix("") if file.suffix == ".zip" else file
    try:
        changed = there.stat().st_mtime_ns // 1_000_000
    except OSError:
        return None
    return f"files/{file.relative_to(folder).as_posix()}?{changed}"


def _changed(run: Path) -> float:
    files = [run / RESULTS, run / CONFIG, *(run / stage / "curve.csv" for stage in STAGES)]
    return max(file.stat().st_mtime for file in files if file.is_file())


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _text(value: object) -> str:
    if not _is_figure(value):
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"


def _short(name: str) -> str:
    """A network's last two folders say which one it is."""
    return "/".join(Path(name).parts[-2:])
