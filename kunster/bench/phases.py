"""Where the seconds of a training step go, forward and backward."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from torch import Tensor

from kunster.machine.devices import wait_for_device
from kunster.objectives.stage import StageObjective


class Phases:
    """A clock that is always in one phase, so that all seconds of a step are counted once.

    Attributes:
        seconds: by phase.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.seconds = dict.fromkeys(names, 0.0)
        self._name: str | None = None
        self._began = 0.0

    def enter(self, name: str | None) -> str | None:
        """Goes over to that phase, or stops; returns the one before."""
        wait_for_device()
        now, before = time.perf_counter(), self._name
        if before is not None:
            self.seconds[before] += now - self._began
        self._name, self._began = name, now
        return before

    def timed(self, name: str, function: Callable) -> Callable:
        """The function in that phase, and from where its outputs' gradients are known on.

        Autograd goes back through what came last first: all that was made of the outputs is behind
        it when the gradient of the deepest arrives.
        """

        def called(*arguments: Any) -> Any:
            before = self.enter(name)
            outputs = function(*arguments)
            for output in [outputs] if isinstance(outputs, Tensor) else outputs:
                if output.requires_grad:
                    output.register_hook(lambda _: self.enter(name) and None)
            self.enter(before)
            return outputs

        return called

    def shares(self) -> dict[str, float]:
        """Of all seconds; they sum to 1."""
        total = sum(self.seconds.values())
        return {name: seconds / total for name, seconds in self.seconds.items()}


def watch(stage: StageObjective, phases: Phases) -> None:
    """Has the stage's networks say when they are at work: `network` and `perceptual`."""
    network: Any = stage.network
    perceptual: Any = stage.get_submodule("terms.perceptual")
    network.encode = phases.timed("network", network.encode)
    network.decode = phases.timed("network", network.decode)
    perceptual.features = phases.timed("perceptual", perceptual.features)
