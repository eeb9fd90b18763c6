"""An engine that is one of several, each compiled when it is first wanted."""

from abc import abstractmethod
from collections.abc import Callable
from functools import lru_cache
from threading import Lock

import numpy as np

from kunster.networks.stored import StoredNetwork
from kunster.video.engines import Engine


class CompiledOnDemand(Engine):
    """Several engines of one size, of which the most recent are kept.

    Args:
        network: the plain network of a place, from 0; that of place 0 names all.
        build: compiles one, see `kunster.video.choose_engine.build_engine`.
        kept: how many engines.
    """

    def __init__(
        self,
        network: Callable[[int], StoredNetwork],
        build: Callable[[StoredNetwork], Engine],
        kept: int,
    ) -> None:
        self._compiling = Lock()
        self._of_place = lru_cache(kept)(lambda place: build(network(place)))
        first = self._of_place(0)
        super().__init__(first.size, first.streams)
        self._name = first.name

    @property
    def name(self) -> str:
        return self._name

    @abstractmethod
    def place(self, number: int) -> int:
        """Place of the engine that paints frame `number`."""

    def at(self, number: int) -> Engine:
        with self._compiling:
            return self._of_place(self.place(number))

    def run(self, frame: np.ndarray) -> np.ndarray:
        return self.at(0).run(frame)
