"""What a run folder says about its run: `config.yaml` before, `results.json` after."""

import json
import platform
import shutil
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import get_args

import yaml

from kunster import __version__
from kunster.errors import UserError
from kunster.files.replacing import replacing
from kunster.networks.description import Stage

CONFIG, RESULTS = "config.yaml", "results.json"
HOW_NOT_WHAT = (
    "fetch",
    "resume",
    "overwrite",
    "logger",
    "trainer",
)  # may differ when a run goes on


def open_run(folder: Path, config: Mapping[str, object], resume: bool, overwrite: bool) -> None:
    """Makes `folder` the run of this configuration, or refuses.

    Raises:
        UserError: it holds another run, or one and neither `resume` nor `overwrite` is set.
    """
    path = folder / CONFIG
    if path.is_file() and not overwrite:
        if not resume:
            raise UserError(
                f"{folder} already holds a run: resume=true goes on with it, overwrite=true starts "
                "again, hydra.run.dir=… writes elsewhere"
            )
        _check_same(path, config)
    elif not path.is_file() and _holds_anything(folder) and not overwrite:
        raise UserError(f"{folder} is not empty and holds no run: hydra.run.dir=… writes elsewhere")
    (folder / RESULTS).unlink(missing_ok=True)
    if overwrite:
        for stage in get_args(Stage):
            shutil.rmtree(folder / stage, ignore_errors=True)
    with replacing(path) as part:
        part.write_text(yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True))


def _holds_anything(folder: Path) -> bool:
    """Other than what a run left that was killed while it wrote its configuration."""
    unfinished = f".part-{CONFIG}"
    return folder.is_dir() and any(path.name != unfinished for path in folder.iterdir())


def write_results(folder: Path, results: Mapping[str, object]) -> None:
    with replacing(folder / RESULTS) as part:
        part.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")


def versions() -> dict[str, str]:
    """Of kunster, Python and the libraries that a result depends on."""
    found = {"kunster": __version__, "python": platform.python_version()}
    for name in ("torch", "torchvision", "lightning", "coremltools", "onnx", "onnxruntime"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _check_same(path: Path, config: Mapping[str, object]) -> None:
    try:
        before = yaml.safe_load(path.read_text())
        assert isinstance(before, dict)
    except (OSError, yaml.YAMLError, AssertionError) as error:
        raise UserError(f"{path} is not readable: overwrite=true starts again") from error
    old, new = _flat(before), _flat(config)
    changed = sorted(
        key
        for key in old.keys() | new.keys()
        if key.split(".")[0] not in HOW_NOT_WHAT and old.get(key) != new.get(key)
    )
    if changed:
        key = changed[0]
        raise UserError(
            f"{path.parent} was begun with {key}={old.get(key)}, not {new.get(key)}: use the same "
            "values to resume, or hydra.run.dir=… for another run"
        )


def _flat(tree: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found
