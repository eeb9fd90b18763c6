"""An engine whose style changes on the way from the first frame to the last."""

from collections.abc import Callable
from functools import lru_cache
from threading import Lock

import numpy as np

from kunster.networks.mixing import Change
from kunster.networks.stored import StoredNetwork
from kunster.video.engines import Engine

STEPS = 32  # from one end to the other, so at most 33 mixtures are compiled
KEPT = 2  # engines: frames that are painted at the same time are at most one step apart


class ChangingEngine(Engine):
    """An engine for each mixture on the way, compiled when its first frame comes.

    Args:
        frames: their number; those that come after have the last style.
        build: compiles a plain network, see `kunster.video.choose_engine.build_engine`.
    """

    def __init__(
        self, change: Change, frames: int, build: Callable[[StoredNetwork], Engine]
    ) -> None:
        self._last, self._steps = max(1, frames - 1), min(STEPS, max(1, frames - 1))
        self._compiling = Lock()
        self._of_step = lru_cache(KEPT)(lambda step: build(change.at(step / self._steps)))
        first = self._of_step(0)
        super().__init__(first.size, first.streams)
        self._name = first.name

    @property
    def name(self) -> str:
        return self._name

    def at(self, number: int) -> Engine:
        step = round(min(number, self._last) / self._last * self._steps)
        with self._compiling:
            return self._of_step(step)

    def run(self, frame: np.ndarray) -> np.ndarray:
        return self.at(0).run(frame)
