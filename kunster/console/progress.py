"""Progress of a long job: a bar on a terminal, a line from time to time in a log."""

import time
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column

REFRESH = 0.5  # s between two updates on a terminal
LONGEST_TITLE, LONGEST_BAR = 24, 40  # characters
BESIDE = 66  # characters that all but the bar take, so that a line fits a terminal of 80


class ProgressLine:
    """Progress on stderr, so that stdout holds results only.

    Args:
        title: name of the job.
        total: number of steps; None if it is not known.
        completed: steps that were done before.
        every: seconds between two lines where there is no terminal.
    """

    def __init__(
        self, title: str, total: int | None, completed: int = 0, every: float = 15.0
    ) -> None:
        self.title, self.total, self.every = title, total, every
        self.console = Console(stderr=True)
        self._first, self._began = completed, time.monotonic()
        self._said = self._began
        self._bar: Progress | None = None
        if self.console.is_terminal:
            short = Column(no_wrap=True, max_width=LONGEST_TITLE)
            self._bar = Progress(
                TextColumn("{task.description}", markup=False, table_column=short),
                BarColumn(min(LONGEST_BAR, max(2, self.console.width - BESIDE))),
                MofNCompleteColumn(),
                TextColumn("{task.fields[text]}"),
                TimeRemainingColumn(),
                console=self.console,
            )
            self._bar.start()
            self._task = self._bar.add_task(title, total=total, completed=completed, text="")

    def rate(self, completed: int) -> float:
        """Steps a second since the start."""
        return (completed - self._first) / max(1e-9, time.monotonic() - self._began)

    def due(self) -> bool:
        """True if it is time for the next `say`."""
        now = time.monotonic()
        if now - self._said < (REFRESH if self._bar else self.every):
            return False
        self._said = now
        return True

    def say(self, completed: int, text: str) -> None:
        if self._bar:
            self._bar.update(self._task, completed=completed, text=text)
            return
        of, left, rate = "", "", self.rate(completed)
        if self.total is not None:
            of = f"/{self.total}"
            seconds = max(0, self.total - completed) / rate if rate else None
            left = "" if seconds is None else f"  {timedelta(seconds=round(seconds))} left"
        self.console.print(
            f"{self.title} {completed}{of}  {text}{left}", highlight=False, soft_wrap=True
        )

    def close(self) -> None:
        if self._bar:
            self._bar.stop()
            self._bar = None
