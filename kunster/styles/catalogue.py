"""Catalogue of the shipped styles: each painting and its networks, or those that have many."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from kunster.assets.paintings import KNOWN, PAINTINGS, ShippedPainting
from kunster.assets.trained import (
    TrainedNetwork,
    base_networks,
    styles_in_base,
    trained_networks,
)
from kunster.data.decode import decode_photo
from kunster.errors import UserError
from kunster.files.array_file import read_arrays
from kunster.networks.description import Description

SIDE = 256  # pixels, the shorter, of a picture


@dataclass(frozen=True)
class ShippedNetwork:
    """A trained network and the description in its file."""

    trained: TrainedNetwork
    description: Description

    @property
    def bytes(self) -> int:
        return self.trained.path.stat().st_size


@dataclass(frozen=True)
class ShippedStyle:
    """A painting and the networks that paint it, the smallest first, stage 1 before stage 2."""

    painting: ShippedPainting
    networks: tuple[ShippedNetwork, ...]

    @cached_property
    def picture(self) -> np.ndarray:
        """The painting, uint8 RGB (H, W, 3)."""
        return decode_photo(self.painting.path, SIDE)

    @property
    def name(self) -> str:
        return self.painting.name

    @property
    def ids(self) -> list[int]:
        """Ids in Table II, each once."""
        return list(dict.fromkeys(network.trained.id for network in self.networks))

    def stages(self, number: int) -> list[ShippedNetwork]:
        """The networks of an id."""
        return [network for network in self.networks if network.trained.id == number]

    def credits(self) -> dict[str, Any]:
        """The painting and each of its networks, for JSON."""
        networks = [
            {
                "model": network.trained.name,
                "id": network.trained.id,
                "stage": network.trained.stage,
                "alpha": network.description.alpha,
                "beta": network.description.beta,
                "parameters": network.description.parameters,
                "bytes": network.bytes,
            }
            for network in self.networks
        ]
        return {**self.painting.credits(), "networks": networks}


def shipped_styles() -> list[ShippedStyle]:
    """Every painting that ships, with its networks.

    Raises:
        UserError: a file that ships is damaged.
    """
    trained = trained_networks()
    return [_style(name, [each for each in trained if each.style == name]) for name in PAINTINGS]


def styles_of_base() -> list[ShippedStyle]:
    """Every style of the networks of many, with these networks; empty where none ships.

    Raises:
        UserError: a file that ships is damaged.
    """
    return [_style(name, base_networks()) for name in styles_in_base()]


def _style(name: str, trained: list[TrainedNetwork]) -> ShippedStyle:
    networks = [ShippedNetwork(each, _description(each)) for each in trained]
    by_size = sorted(networks, key=lambda each: each.description.parameters)  # stages in order
    return ShippedStyle(KNOWN[name], tuple(by_size))


def _description(trained: TrainedNetwork) -> Description:
    _, metadata = read_arrays(trained.path)
    try:
        return Description.from_metadata(metadata)
    except UserError as error:
        raise UserError(f"{trained.path}: {error}") from error
