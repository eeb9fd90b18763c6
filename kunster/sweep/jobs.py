"""Runs as processes of their own: a run that fails or is killed takes no other with it."""

import fcntl
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kunster.sweep.folder import LOGS
from kunster.sweep.launcher import Launcher
from kunster.sweep.points import Point

PROGRAM = (sys.executable, "-m", "kunster.run")
LOCKS = "locks"


@dataclass(frozen=True)
class Job:
    """A run that has been started."""

    point: Point
    process: subprocess.Popen
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

    The process holds a lock as long as it lives, so one that a killed sweep left behind is waited
    for and not joined.
    """
    log, lock = folder / LOGS / f"{point.name}.log", folder / LOCKS / point.name
    for path in (log, lock):
        path.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        place = folder / point.name
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
                pass_fds=(held.fileno(),),  # an inherited lock is let go when the last holder ends
                start_new_session=True,  # Ctrl-C is for the sweep, which hands it on
            )
    return Job(point, process, log)


def _quoted(text: str | Path) -> str:
    """For an override: commas and brackets have a meaning there."""
    return "'" + str(text).replace("'", r"\'") + "'"


def _as_group(point: Point, name: str) -> list[str]:
    """The override that makes W&B show the runs of a sweep together."""
    return [f"logger.wandb.group={_quoted(name)}"] if "wandb" in point.config["logger"] else []
