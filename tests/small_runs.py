"""Runs that train for seconds: on a few small photos, 64 pixels at a time."""

import os
import subprocess
import sys
import time
from pathlib import Path

import cv2

from kunster.data.scenes import scene

ROOT = Path(__file__).parents[1]
FIRST = "stages=[perceptual]"
SMALL = [
    "photos=folder",
    "logger=csv",
    "trainer.precision=32-true",
    "objective.perceptual.size=64",
    "objective.perceptual.batch=2",
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
    environment = {**os.environ, "KUNSTER_CACHE": str(cwd / ".test-cache"), "COLUMNS": "200"}
    environment.pop("HYDRA_FULL_ERROR", None)
    return subprocess.run(
        arguments, capture_output=True, text=True, cwd=cwd, env={**environment, **variables}
    )


def wait_for(path: Path, process: subprocess.Popen, seconds: float = 120) -> None:
    """Waits until there is a file, and fails when `process` ends before."""
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert process.poll() is None, f"ended with {process.returncode} before {path}"
        assert time.monotonic() < deadline, f"no {path} within {seconds} s"
        time.sleep(0.005)
