"""Runs that train for seconds: on a few small photos, 64 pixels at a time."""

import os
import runpy
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import pytest

from kunster.data.scenes import scene
from kunster.run.configuration import composed
from kunster.run.training import execute

ROOT = Path(__file__).parents[1]
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload([f"{__package__}.fork_server"])
FIRST = "stages=[perceptual]"
QUICK = [FIRST, "objective.perceptual.steps=1", "export.enabled=false"]
LOOK = (64, 96)  # height and width of the photos that are looked at
SMALL = [
    "photos=folder",
    "logger=csv",
    "trainer.precision=32-true",
    "photos.size=64",
    "style.size=96",
    "perceptual._target_=tests.thin_vgg.thin_vgg",
    "photos.batch=2",
    "clips.size=[64,64]",
    "callbacks.preview.video=false",  # its frames take longer than all else
    "callbacks.preview.first_seconds=3600",  # looks at the same steps however slow the machine is
    *("timed_steps=1", "first_look.pairs=1", f"first_look.size={[*LOOK]}"),
    "first_look.seconds=0.4",
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
    verb = [sys.executable, "-m", "kunster.sweep", "sweeps/table2.yaml", "--out", str(folder)]
    return [*verb, *SMALL, f"photos.path={photos}", *overrides]


def run(*arguments: str, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess:
    """Runs a command to its end, with `variables` in its environment."""
    return subprocess.run(
        arguments, capture_output=True, text=True, cwd=cwd, env=_environment(cwd, variables)
    )


def begin(*arguments: str, cwd: Path = ROOT, said: Path, **variables: str) -> Any:
    """Starts `python -m …` in the fork of a process that has imported torch already.

    Args:
        said: a folder for what it writes to stdout and stderr.
    """
    python, dash_m, module, *words = arguments
    assert (python, dash_m) == (sys.executable, "-m")
    files = [said / name for name in ("stdout", "stderr")]
    asked = (module, words, cwd, _environment(cwd, variables), files)
    process = FORKS.Process(target=_be_command, args=asked)
    process.start()
    return process


def run_short(*arguments: str, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess:
    """As `run`, of `python -m …`, without the seconds that importing torch takes."""
    with tempfile.TemporaryDirectory() as place:
        process = begin(*arguments, cwd=cwd, said=Path(place), **variables)
        process.join()
        said = [(Path(place) / name).read_text() for name in ("stdout", "stderr")]
        return subprocess.CompletedProcess(arguments, process.exitcode, *said)


def trained(photos: Path, folder: Path, *overrides: str) -> dict[str, Any]:
    """The results of a run that is trained in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUNSTER_CACHE", str(ROOT / ".test-cache"))
        words = small_run(photos, *overrides)[3:]
        return execute(composed(words), folder)


def _environment(cwd: Path, variables: Mapping[str, str]) -> dict[str, str]:
    environment = {**os.environ, "KUNSTER_CACHE": str(cwd / ".test-cache"), "COLUMNS": "200"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    for name in ("HYDRA_FULL_ERROR", "WANDB_SERVICE"):  # a service of W&B would be shared
        environment.pop(name, None)
    return {**environment, **variables}


def _be_command(
    module: str, words: Sequence[str], cwd: Path, environment: dict[str, str], said: Sequence[Path]
) -> None:
    for number, path in enumerate(said, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which the fork server ignores
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    sys.argv = ["", *words]
    sys.modules.pop(module, None)  # which others import: as a command it is __main__
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        if loky := sys.modules.get("joblib.externals.loky.reusable_executor"):
            loky.get_reusable_executor(reuse=True).shutdown()  # its idle processes would stay


def wait_for(path: Path, process: Any, seconds: float = 120) -> None:
    """Waits until there is a file, and fails when `process`, of either kind, ends before."""
    deadline = time.monotonic() + seconds
    while not path.exists():
        code = process.poll() if isinstance(process, subprocess.Popen) else process.exitcode
        assert code is None, f"ended with {code} before {path}"
        assert time.monotonic() < deadline, f"no {path} within {seconds} s"
        time.sleep(0.005)


def processes_in(folder: Path) -> list[int]:
    """Numbers of the processes that name the folder in their command."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if str(folder).encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found
