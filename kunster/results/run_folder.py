"""The run folder: `config.yaml`, written before the run, and `results.json`, written after it."""

import json
import platform
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import get_args

import yaml
from filelock import FileLock, Timeout

from kunster import __version__
from kunster.errors import UserError
from kunster.files.replacing import replacing
from kunster.networks.description import Stage
from kunster.results.identity import first_difference

CONFIG, RESULTS = "config.yaml", "results.json"
LOCK = ".lock"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keeps other processes out of a run folder.

    Raises:
        UserError: another process is at work in it, or the folder cannot be made.
    """
    lock = _lock(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise UserError(f"{folder}: another process is at work in it") from error
    except OSError as error:
        raise UserError(f"{folder}: cannot be written: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()


def is_held(folder: Path) -> bool:
    """True while a process is at work in a run folder."""
    if not (folder / LOCK).exists():
        return False
    try:
        with _lock(folder):
            return False
    except Timeout:
        return True


def _lock(folder: Path) -> FileLock:
    return FileLock(folder / LOCK, timeout=0)


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
    ours = (f".part-{CONFIG}", LOCK)
    return folder.is_dir() and any(path.name not in ours for path in folder.iterdir())


def write_results(folder: Path, results: Mapping[str, object]) -> None:
    with replacing(folder / RESULTS) as part:
        part.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")


def versions() -> dict[str, str]:
    """Versions of kunster, Python and the libraries that a result depends on."""
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
    changed = first_difference(before, config)
    if changed:
        key, old, new = changed
        raise UserError(
            f"{path.parent} was begun with {key}={old}, not {new}: use the same "
            "values to resume, or hydra.run.dir=… for another run"
        )
