"""Files of a run folder: `config.yaml`, written before training, and `results.json`, after."""

import json
import platform
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

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
        raise UserError(
            f"{folder}: cannot be written: {error.strerror or error}; hydra.run.dir=… writes "
            "elsewhere"
        ) from error
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


def check_run(folder: Path, config: Mapping[str, object], resume: bool, overwrite: bool) -> None:
    """Refuses a folder in which this run may not train; writes nothing.

    Raises:
        UserError: the folder holds another run, or one and neither `resume` nor `overwrite` is
            set.
    """
    if not overwrite and (folder / CONFIG).is_file():
        if not resume:
            raise UserError(
                f"{folder} already holds a run: resume=true goes on with it, overwrite=true starts "
                "again, hydra.run.dir=… writes elsewhere"
            )
        _check_same(folder, config)
    elif not overwrite and _holds_anything(folder):
        raise UserError(f"{folder} is not empty and holds no run: hydra.run.dir=… writes elsewhere")


def open_run(folder: Path, config: Mapping[str, object], overwrite: bool) -> None:
    """Creates, resumes or overwrites the run in a folder that is `held` and passed `check_run`.

    Raises:
        UserError: it cannot be written to.
    """
    (folder / RESULTS).unlink(missing_ok=True)
    if overwrite:
        for stage in get_args(Stage):
            shutil.rmtree(folder / stage, ignore_errors=True)
    with replacing(folder / CONFIG) as part:
        part.write_text(yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True))


def _holds_anything(folder: Path) -> bool:
    """True where a folder holds more than a lock and a half-written configuration."""
    ours = (f".part-{CONFIG}", LOCK)
    return folder.is_dir() and any(path.name not in ours for path in folder.iterdir())


def _check_same(folder: Path, config: Mapping[str, object]) -> None:
    try:
        before = read_config(folder)
    except UserError as error:
        raise UserError(f"{error}: overwrite=true starts again") from error
    changed = first_difference(before, config)
    if changed:
        key, old, new = changed
        raise UserError(
            f"{folder} was begun with {key}={old}, not {new}: use the same "
            "values to resume, or hydra.run.dir=… for another run"
        )


def read_config(folder: Path) -> dict[str, Any]:
    """Configuration of a run.

    Raises:
        UserError: absent, or no YAML mapping.
    """
    return read_mapping(folder / CONFIG, yaml.safe_load)


def read_results(folder: Path) -> dict[str, Any]:
    """Results of a finished run.

    Raises:
        UserError: absent, cut off, or no JSON object.
    """
    return read_mapping(folder / RESULTS, json.loads)


def setting(folder: Path, key: str) -> Any:
    """A value of a run's configuration by its dotted key; None if there is none."""
    try:
        value: Any = read_config(folder)
    except UserError:
        return None
    for name in key.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def read_mapping(path: Path, parse: Callable[[str], Any]) -> dict[str, Any]:
    """Content of a JSON or YAML file that holds a mapping.

    Raises:
        UserError: it is absent, cut off or something else.
    """
    try:
        content = parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise UserError(f"{path} is not readable ({reason})") from error
    if not isinstance(content, dict):
        raise UserError(f"{path} is not readable (it holds no mapping)")
    return content


def write_results(folder: Path, results: Mapping[str, object]) -> None:
    with replacing(folder / RESULTS) as part:
        part.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")


def versions() -> dict[str, str]:
    """Versions of kunster, Python and the libraries that results depend on."""
    libraries = ("torch", "torchvision", "lightning", "coremltools", "onnx", "onnxruntime")
    own = {"kunster": __version__, "python": platform.python_version()}
    return own | {name: version(name) for name in libraries}
