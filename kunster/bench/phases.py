"""Seconds of a training step by phase, forward and backward."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from torch import Tensor

from kunster.machine.devices import wait_for_device
from kunster.objectives.stage import StageObjective


class Phases:
    """A stopwatch with named phases, one of which runs at a time.

    Attributes:
        seconds: by phase.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.seconds = dict.fromkeys(names, 0.0)
        self._name: str | None = None
        self._began = 0.0

    def enter(self, name: str | None) -> str | None:
        """Switches to a phase, or stops; returns the one before."""
        wait_for_device()
        now, before = time.perf_counter(), self._name
        if before is not None:
            self.seconds[before] += now - self._began
        self._name, self._began = name, now
        return before

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with a switch to the phase when it is called and in its backward pass.

        Autograd goes back through the last operation first: when the gradient of an output is
        there, everything computed from it has been passed.
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
        """Share of each phase in all seconds."""
        total = sum(self.seconds.values())
        return {name: seconds / total for name, seconds in self.seconds.items()}


def watch(stage: StageObjective, phases: Phases) -> None:
    """Times the stage's networks as phases `network` and `perceptual`."""
    network: Any = stage.network
    perceptual: Any = stage.loss.perceptual
    network.encode = phases.timed("network", network.encode)
    network.decode = phases.timed("network", network.decode)
    perceptual.features = phases.timed("perceptual", perceptual.features)
