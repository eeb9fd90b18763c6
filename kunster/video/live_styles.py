"""Styles that are chosen while frames are painted, and the engine that follows."""

from collections.abc import Callable, Sequence

from kunster.assets.trained import BASE, shipped_beside
from kunster.networks.mixing import choices
from kunster.networks.stored import StoredNetwork
from kunster.video.compiled_on_demand import CompiledOnDemand
from kunster.video.engines import Engine
from kunster.video.models import is_of_base, open_chosen, open_network

KEPT = 8  # engines: of all styles of one size that ship


class LiveStyles:
    """Networks in a ring, one of which is chosen.

    Args:
        first: the network that is chosen to begin with.
        names: its name, and those of the others, which are opened when they are chosen.
        model: the network of several whose styles they are; None: each is a model of its own.

    Attributes:
        place: of the chosen one; may be set from any thread, to any whole number.
    """

    def __init__(
        self, first: StoredNetwork, names: Sequence[str], model: str | None = None
    ) -> None:
        self._first, self._names, self._model, self.place = first, names, model, 0

    @property
    def index(self) -> int:
        """Place of the chosen network in the ring, from 0."""
        return self.place % len(self._names)

    @property
    def name(self) -> str:
        return self._names[self.index]

    def network(self, index: int) -> StoredNetwork:
        if not index:
            return self._first
        name = self._names[index]
        return (open_chosen(self._model, name) if self._model else open_chosen(name))[0]


def styles_around(first: StoredNetwork, model: str, style: str | None = None) -> LiveStyles:
    """The ring that begins with a network.

    Args:
        first: that of `model`, or of a style or mixture of it.
        style: the latter's name: the ring is of all styles of `model` then; otherwise of those
            that ship at its size.
    """
    if style is None and is_of_base(model):
        model, style = BASE, model
    if style is None:
        return LiveStyles(first, shipped_beside(model))
    styles = choices(open_network(model)[1])
    after = styles.index(style) + 1 if style in styles else 0
    others = [each for each in (*styles[after:], *styles[:after]) if each != style]
    return LiveStyles(first, [style, *others], model)


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
