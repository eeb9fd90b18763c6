"""An engine whose style changes on the way from the first frame to the last."""

from collections.abc import Callable

from kunster.networks.mixing import Change
from kunster.networks.stored import StoredNetwork
from kunster.video.compiled_on_demand import CompiledOnDemand
from kunster.video.engines import Engine

STEPS = 32  # from one end to the other, so at most 33 mixtures are compiled
KEPT = 2  # engines: frames that are painted at the same time are at most one step apart


class ChangingEngine(CompiledOnDemand):
    """An engine for each mixture on the way, compiled when its first frame comes.

    Args:
        frames: their number; those that come after have the last style.
        build: compiles a plain network, see `kunster.video.choose_engine.build_engine`.
    """

    def __init__(
        self, change: Change, frames: int, build: Callable[[StoredNetwork], Engine]
    ) -> None:
        self._last, self._steps = max(1, frames - 1), min(STEPS, max(1, frames - 1))
        super().__init__(lambda step: change.at(step / self._steps), build, KEPT)

    def place(self, number: int) -> int:
        return round(min(number, self._last) / self._last * self._steps)
