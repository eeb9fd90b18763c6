"""One line that says how far a job is: a bar on a terminal, a line now and then in a log."""

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

GLANCE = 0.5  # s between two looks on a terminal


class ProgressLine:
    """Goes to stderr, where a pipe does not take it for a result.

    Args:
        title: what is done.
        total: how much there is to do; None where nobody knows.
        completed: how much was done before.
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
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[text]}"),
                TimeRemainingColumn(),
                console=self.console,
            )
            self._bar.start()
            self._task = self._bar.add_task(title, total=total, completed=completed, text="")

    def rate(self, completed: int) -> float:
        """How much a second, since the start."""
        return (completed - self._first) / max(1e-9, time.monotonic() - self._began)

    def due(self) -> bool:
        """Whether it is time to `say` something, which is then expected."""
        now = time.monotonic()
        if now - self._said < (GLANCE if self._bar else self.every):
            return False
        self._said = now
        return True

    def say(self, completed: int, text: str) -> None:
        if self._bar:
            self._bar.update(self._task, completed=completed, text=text)
            return
        of, left = "", ""
        if self.total is not None:
            of = f"/{self.total}"
            left = (
                f"  {max(0, self.total - completed) / max(1e-9, self.rate(completed)):.0f} s left"
            )
        self.console.print(
            f"{self.title} {completed}{of}  {text}{left}", highlight=False, soft_wrap=True
        )

    def close(self) -> None:
        if self._bar:
            self._bar.stop()
            self._bar = None
