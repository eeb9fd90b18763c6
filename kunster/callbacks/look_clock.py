"""When to look at a training, so that looking takes little of its time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

MOST_SHARE = 0.015  # of the time of training; the page of the run and W&B take the rest of 2 %


class LookClock:
    """Says when a look is due: some seconds after the start, and from time to time from then on.

    After a look that took long the next is due later, so that all of them take `MOST_SHARE`.

    Args:
        first: seconds from the start to the first look.
        every: seconds between two looks.
    """

    def __init__(self, first: float, every: float) -> None:
        self.first, self.every = first, every
        self.looks = 0
        self._since = time.monotonic()
        self._pause = 0.0  # seconds that the last look asks for

    def due(self, wished: bool = False) -> bool:
        """True if it is time for a look, or if one is wished and the last is paid for."""
        wait = 0.0 if wished else self.every if self.looks else self.first
        return time.monotonic() - self._since >= max(wait, self._pause)

    @contextmanager
    def look(self) -> Iterator[None]:
        """Counts what is inside as a look."""
        began = time.monotonic()
        yield
        self._since = time.monotonic()
        self._pause = (self._since - began) / MOST_SHARE
        self.looks += 1
