"""CUDA graphs: work on the GPU recorded once, then replayed as a whole, forward and backward.

A small network's step is a few hundred kernels of microseconds each; the host starts them one by
one more slowly than the GPU ends them. A recording is started at once.
"""

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

Losses = Callable[[Any, int, Tensor | None], dict[str, Tensor]]


class RecordedLosses:
    """Losses as CUDA graphs, recorded for each turn and each shape of the batch at its first use.

    The next call overwrites the results of this one. Only `loss` has gradients.

    Args:
        network: the network that is trained.
        losses: function of a batch (a tensor or a NamedTuple of tensors), a turn and the styles of
            the batch to every term and `loss`.
    """

    def __init__(self, network: nn.Module, losses: Losses) -> None:
        self.network, self.losses = network, losses
        self._recordings: dict[Hashable, _Recording] = {}

    def __call__(
        self, batch: Any, turn: int = 0, styles: Tensor | None = None
    ) -> dict[str, Tensor]:
        parts = tuple(batch) if isinstance(batch, tuple) else (batch,)
        parts = parts if styles is None else (*parts, styles)
        key = (turn, *(part.shape for part in parts))
        if key not in self._recordings:
            kind = type(batch) if isinstance(batch, tuple) else None
            module = _Losses(self.network, self.losses, kind, turn, styles is not None)
            self._recordings[key] = _record(module, parts)
        return self._recordings[key](*parts)


class RecordedFunction:
    """A function of tensors to one tensor, without gradients, recorded for each set of shapes."""

    def __init__(self, function: Callable[..., Tensor]) -> None:
        self.function = function
        self._recordings: dict[Hashable, Callable[..., Tensor]] = {}

    def __call__(self, *tensors: Tensor, **constants: Any) -> Tensor:
        """The function's result, which the next call overwrites; `constants` are recorded too."""
        key = (*(tensor.shape for tensor in tensors), *sorted(constants.items()))
        if key not in self._recordings:
            samples = tuple(tensor.clone() for tensor in tensors)
            function = partial(self.function, **constants)
            self._recordings[key] = _graphed(function, samples)
        return self._recordings[key](*tensors)


class _Losses(nn.Module):
    """Losses as a module whose only parameters are the network's; `loss` comes first."""

    def __init__(
        self, network: nn.Module, losses: Losses, kind: type | None, turn: int, styled: bool
    ) -> None:
        super().__init__()
        self.network = network
        self.losses, self.kind, self.turn, self.styled = losses, kind, turn, styled
        self.others: list[str] = []

    def forward(self, *parts: Tensor) -> tuple[Tensor, ...]:
        *of_batch, styles = parts if self.styled else (*parts, None)
        batch = self.kind(*of_batch) if self.kind else of_batch[0]
        found: Mapping[str, Tensor] = self.losses(batch, self.turn, styles)
        self.others = [name for name in found if name != "loss"]
        return found["loss"], *(found[name].detach() for name in self.others)


_Recording = Callable[..., dict[str, Tensor]]


def _record(module: _Losses, parts: tuple[Tensor, ...]) -> _Recording:
    device = parts[0].device.type
    # the cache of autocast would keep what the recording made for itself
    with torch.autocast(
        device,
        torch.get_autocast_dtype(device),
        enabled=torch.is_autocast_enabled(device),
        cache_enabled=False,
    ):
        replay = _graphed(module, tuple(part.clone() for part in parts))

    def recorded(*parts: Tensor) -> dict[str, Tensor]:
        loss, *others = replay(*parts)
        return {**dict(zip(module.others, others, strict=True)), "loss": loss}

    return recorded


def _graphed(function: Callable[..., Any], samples: tuple[Tensor, ...]) -> Callable[..., Any]:
    """The function as a recording that is replayed in the memory of the samples."""
    return torch.cuda.make_graphed_callables(function, samples)
