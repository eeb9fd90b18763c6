"""Runs that train for seconds: on a few small photos, 64 pixels at a time."""

import os
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path

import cv2

from kunster.data.scenes import scene

ROOT = Path(__file__).parents[1]
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["kunster.run.training", "kunster.sweep.orchestra"])
FIRST = "stages=[perceptual]"
SMALL = [
    "photos=folder",
    "logger=csv",
    "trainer.precision=32-true",
    "photos.size=64",
    "photos.batch=2",
    "clips.size=[64,64]",
]


def small_photos(folder: Path) -> Path:
    """Fills `folder` with three photos."""
    for number in range(3):
        cv2.imwrite(str(folder / f"{number}.png"), scene(number, size=96)[..., ::-1])
    return folder


def small_run(photos: Path, *overrides: str) -> list[str]:
    """The command of a run."""
    verb = [sys.executable, "-m", "kunster.run", "+experiment=scream"]
    return [*verb, *SMALL, f"photos.path={photos}", *overrides]


def small_sweep(photos: Path, folder: Path, *overrides: str) -> list[str]:
    """The command of a sweep into `folder`."""
    verb = [sys.executable, "-m", "kunster.sweep", "sweeps/table2.yaml", "--folder", str(folder)]
    return [*verb, *SMALL, f"photos.path={photos}", *overrides]


def run(*arguments: str, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess:
    """Runs a command to its end, with `variables` in its environment."""
    return subprocess.run(
        arguments, capture_output=True, text=True, cwd=cwd, env=_environment(cwd, variables)
    )


def run_short(*arguments: str, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess:
    """As `run`, of `python -m …`, in the fork of a process that has imported torch already.

    For what ends at once, importing is all that takes time.
    """
    python, dash_m, module, *words = arguments
    assert (python, dash_m) == (sys.executable, "-m")
    with tempfile.TemporaryDirectory() as place:
        said = [Path(place) / name for name in ("stdout", "stderr")]
        asked = (module, words, cwd, _environment(cwd, variables), said)
        process = FORKS.Process(target=_be_command, args=asked)
        process.start()
        process.join()
        return subprocess.CompletedProcess(
            arguments, process.exitcode, *(path.read_text() for path in said)
        )


def _environment(cwd: Path, variables: Mapping[str, str]) -> dict[str, str]:
    environment = {**os.environ, "KUNSTER_CACHE": str(cwd / ".test-cache"), "COLUMNS": "200"}
    environment.pop("HYDRA_FULL_ERROR", None)
    return {**environment, **variables}


def _be_command(
    module: str, words: Sequence[str], cwd: Path, environment: dict[str, str], said: Sequence[Path]
) -> None:
    for number, path in enumerate(said, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    sys.argv = ["", *words]
    sys.modules.pop(module, None)  # which others import: as a command it is __main__
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def wait_for(path: Path, process: subprocess.Popen, seconds: float = 120) -> None:
    """Waits until there is a file, and fails when `process` ends before."""
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert process.poll() is None, f"ended with {process.returncode} before {path}"
        assert time.monotonic() < deadline, f"no {path} within {seconds} s"
        time.sleep(0.005)
