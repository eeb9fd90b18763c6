"""Large networks that the small one learns from."""

from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor

from kunster.errors import UserError
from kunster.losses.features import PerceptualNetwork
from kunster.losses.slim import ARCHITECTURE


class Teachers:
    """Teacher networks; each style layer is taught by the first network that has it.

    Raises:
        UserError: a style layer of the student is in none of them.
    """

    def __init__(self, networks: Sequence[PerceptualNetwork]) -> None:
        taught = {layer for network in networks for layer in network.style_layers}
        missing = [layer for layer in ARCHITECTURE.style_layers if layer not in taught]
        if missing:
            names = " and ".join(network.source["name"] for network in networks)
            raise UserError(
                f"{', '.join(missing)}: {names} cannot teach it; --deep-teacher takes an encoder "
                "that does"
            )
        self.networks = networks
        self._of = {
            layer: next(network for network in networks if layer in network.style_layers)
            for layer in ARCHITECTURE.style_layers
        }

    def cast(self, dtype: torch.dtype) -> Self:
        return type(self)([network.cast(dtype) for network in self.networks])

    @torch.no_grad()
    def features(self, images: Tensor) -> list[Tensor]:
        """Features (B, C, h, w) of each style layer, for images (B, 3, H, W), RGB in [0, 1]."""
        found: dict[str, Tensor] = {}
        for network in self.networks:
            layers = [layer for layer, teacher in self._of.items() if teacher is network]
            found |= dict(zip(layers, network.features(images, layers), strict=True))
        return [found[layer] for layer in ARCHITECTURE.style_layers]
