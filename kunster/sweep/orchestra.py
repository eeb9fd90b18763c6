"""Trains what is left of a sweep, some runs at once, and says how far it is."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from kunster.callbacks.curve import read_curve
from kunster.errors import UserError
from kunster.sweep.folder import finished
from kunster.sweep.jobs import PROGRAM, Job, start
from kunster.sweep.launcher import Here, Launcher
from kunster.sweep.points import Point
from kunster.sweep.stage_1 import in_training, take_over

LOOK_EVERY = 0.5  # seconds


@dataclass
class Orchestra:
    """The runs of a sweep, and those that failed with their reasons.

    Attributes:
        launcher: starts a process for each run.
        program: the command that trains a run when Hydra overrides are appended to it.
        seconds: durations of the runs that this process started, added up.
    """

    folder: Path
    points: Sequence[Point]
    launcher: Launcher = field(default_factory=Here)
    program: Sequence[str] = PROGRAM
    failures: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def play(self, console: Console) -> None:
        """Trains every run that is not finished; one that fails stops no other.

        Ctrl-C, or an error of the sweep's own, reaches the runs once, and is raised when they have
        stopped.

        Raises:
            UserError: the next run cannot be begun: the disk is full, say.
        """
        waiting = [point for point in self.points if not finished(self.folder, point)]
        jobs: list[Job] = []
        with _bars(console) as bars:
            done = len(self.points) - len(waiting)
            whole = bars.add_task("sweep", total=len(self.points), completed=done)
            rows: dict[str, TaskID] = {}
            try:
                while waiting or jobs:
                    self._start(waiting, jobs)
                    time.sleep(LOOK_EVERY)
                    self._show(jobs, bars, rows)
                    for job in [job for job in jobs if job.process.poll() is not None]:
                        jobs.remove(job)
                        self.seconds += time.monotonic() - job.began
                        bars.update(rows.pop(job.point.name), visible=False)
                        bars.advance(whole)
                        self._note(job, console)
            except BaseException:  # they are in sessions of their own and would go on alone
                if jobs:
                    self.launcher.stop({self.folder / job.point.name: job.process for job in jobs})
                raise

    def _start(self, waiting: list[Point], jobs: list[Job]) -> None:
        busy = [job.point for job in jobs]
        for point in list(waiting):
            if len(jobs) >= self.launcher.slots:
                return
            if in_training(self.folder, point, busy):
                continue
            take_over(self.folder, point, self.points)
            job = start(self.folder, point, self.launcher, self.program)
            busy.append(point)
            if job is not None:
                waiting.remove(point)
                jobs.append(job)

    def _note(self, job: Job, console: Console) -> None:
        name, reason = job.point.name, self._failure(job)
        if reason is None:
            console.print(f"{name} done", markup=False, highlight=False)
        else:
            self.failures[name] = reason
            console.print(f"{name} failed: {reason}", markup=False, highlight=False)

    def _failure(self, job: Job) -> str | None:
        """The reason why a run has ended incomplete; None where it is complete."""
        try:
            complete = job.process.returncode == 0 and finished(self.folder, job.point)
        except UserError as error:
            return str(error)
        return None if complete else job.reason()

    def _show(self, jobs: Sequence[Job], bars: Progress, rows: dict[str, TaskID]) -> None:
        for job in jobs:
            name, stages = job.point.name, job.point.config["stages"]
            total = sum(job.point.config["objective"][stage]["steps"] for stage in stages)
            if name not in rows:
                rows[name] = bars.add_task(name, total=total)
            seen = [self._step(name, stage) for stage in stages]
            bars.update(rows[name], completed=sum(seen))

    def _step(self, name: str, stage: str) -> float:
        rows = read_curve(self.folder / name / stage / "curve.csv")
        return rows[-1]["step"] if rows else 0


def _bars(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )
