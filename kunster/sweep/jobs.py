"""Runs as processes of their own: a run that fails or is killed takes no other with it."""

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kunster.results.run_folder import is_held
from kunster.sweep.folder import LOGS
from kunster.sweep.launcher import Launcher
from kunster.sweep.points import Point

PROGRAM = (sys.executable, "-m", "kunster.run")


@dataclass(frozen=True)
class Job:
    """A run that has been started."""

    point: Point
    process: subprocess.Popen[bytes]
    log: Path
    began: float = field(default_factory=time.monotonic)

    def reason(self) -> str:
        """The last line that it wrote."""
        lines = self.log.read_text(errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return said[-1] if said else f"exit code {self.process.returncode}, without a word"


def start(
    folder: Path, point: Point, launcher: Launcher, program: Sequence[str] = PROGRAM
) -> Job | None:
    """Starts or resumes a run in `folder`; None while another process is at work in it.

    A run that a killed sweep left behind is waited for, not started a second time.
    """
    place, log = folder / point.name, folder / LOGS / f"{point.name}.log"
    if is_held(place):
        return None
    log.parent.mkdir(parents=True, exist_ok=True)
    run = [
        *program,
        *_as_group(point, folder.name),  # first: a user's own wins
        *(*point.overrides, f"hydra.run.dir={_quoted(place)}", "resume=true"),
    ]
    with log.open("a") as output:
        process = subprocess.Popen(
            launcher.command(run, place, log),
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=launcher.environment(),
            start_new_session=True,  # Ctrl-C is for the sweep, which hands it on
        )
    return Job(point, process, log)


def _quoted(text: str | Path) -> str:
    """A text quoted for an override, where commas and brackets have a meaning."""
    return "'" + str(text).replace("'", r"\'") + "'"


def _as_group(point: Point, name: str) -> list[str]:
    """The override that makes W&B show the runs of a sweep together."""
    return [f"logger.wandb.group={_quoted(name)}"] if "wandb" in point.config["logger"] else []
