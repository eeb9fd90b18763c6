"""Runs as processes of their own: a run that fails or is killed takes no other with it."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kunster.sweeping.folder import LOGS
from kunster.sweeping.points import Point

PROGRAM = (sys.executable, "-m", "kunster.run")
LOCKS = "locks"


@dataclass(frozen=True)
class Job:
    """A run that has been started."""

    point: Point
    process: subprocess.Popen
    log: Path

    def interrupt(self) -> None:
        """As Ctrl-C would; waits until it has stopped."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait()

    def reason(self) -> str:
        """The last line that it wrote."""
        lines = self.log.read_text(errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return said[-1] if said else f"exit code {self.process.returncode}, without a word"


def start(folder: Path, point: Point, slots: int, program: Sequence[str] = PROGRAM) -> Job | None:
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
        group = f"++logger.group={_quoted(folder.name)}"  # first: a user's own wins
        place = f"hydra.run.dir={_quoted(folder / point.name)}"
        command = [*program, group, *point.overrides, place]
        with log.open("a") as output:
            process = subprocess.Popen(
                [*command, "resume=true"],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=_environment(slots),
                pass_fds=(held.fileno(),),  # an inherited lock is let go when the last holder ends
                start_new_session=True,  # Ctrl-C is for the sweep, which hands it on
            )
    return Job(point, process, log)


def _quoted(text: str | Path) -> str:
    """For an override: commas and brackets have a meaning there."""
    return "'" + str(text).replace("'", r"\'") + "'"


def _environment(slots: int) -> dict[str, str]:
    """With a fair share of the processor for each of several runs."""
    if slots == 1:
        return dict(os.environ)
    threads = max(1, (os.cpu_count() or 1) // slots)
    return {**os.environ, "OMP_NUM_THREADS": str(threads)}
