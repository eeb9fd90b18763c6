"""Styles that are chosen while frames are painted, and the engine that follows."""

from collections.abc import Callable, Sequence

from kunster.networks.stored import StoredNetwork
from kunster.video.compiled_on_demand import CompiledOnDemand
from kunster.video.engines import Engine
from kunster.video.models import open_chosen

KEPT = 8  # engines: of all styles of one size that ship


class LiveStyles:
    """Networks in a ring, one of which is chosen.

    Args:
        first: the network that is chosen to begin with.
        names: its name, and those of the others, which are opened when they are chosen.

    Attributes:
        place: of the chosen one; may be set from any thread, to any whole number.
    """

    def __init__(self, first: StoredNetwork, names: Sequence[str]) -> None:
        self._first, self._names, self.place = first, names, 0

    @property
    def index(self) -> int:
        """Place of the chosen network in the ring, from 0."""
        return self.place % len(self._names)

    @property
    def name(self) -> str:
        return self._names[self.index]

    def network(self, index: int) -> StoredNetwork:
        return open_chosen(self._names[index])[0] if index else self._first


class LiveEngine(CompiledOnDemand):
    """An engine for each style, compiled when it is first chosen.

    Args:
        build: compiles a plain network, see `kunster.video.choose_engine.build_engine`.
    """

    def __init__(self, styles: LiveStyles, build: Callable[[StoredNetwork], Engine]) -> None:
        self._styles = styles
        super().__init__(styles.network, build, KEPT)

    def place(self, number: int) -> int:
        return self._styles.index
