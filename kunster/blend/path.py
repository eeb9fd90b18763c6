"""Blends at steps between two networks: pictures and distances."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from kunster.data.style import open_style
from kunster.errors import UserError
from kunster.losses.features import PerceptualNetwork
from kunster.measures.distances import PAINTING_SIDE, distances
from kunster.measures.models import Network
from kunster.networks.blending import blend_description, blended
from kunster.networks.description import Description
from kunster.networks.model_file import with_weights
from kunster.networks.stylizer import Stylizer, stylize
from kunster.pictures.images import as_bytes, as_image
from kunster.pictures.mounting import beneath, beside, captioned

STOPS = (0.0, 0.25, 0.5, 0.75, 1.0)  # shares of the second network
GUTTER, FONT = 6, 14  # pixels

Trained = tuple[Stylizer, Description]


class Stop(NamedTuple):
    """One blend, with its style as a caption."""

    share: float
    style: str
    network: Network


class Figures(NamedTuple):
    """Distances of one blend from both paintings (None if they do not ship) and from the photos."""

    to_first: float | None
    to_second: float | None
    content: float


def stops_between(first: Trained, second: Trained) -> list[Stop]:
    """The blends of two networks of one layout at `STOPS`."""
    found = []
    for share in STOPS:
        shares = (1 - share, share)
        description = blend_description([first[1], second[1]], shares)
        tensors = blended([first[0].state_dict(), second[0].state_dict()], shares)
        network = partial(stylize, with_weights(description, tensors))
        found.append(Stop(share, description.style, network))
    return found


def figures_between(
    stops: Sequence[Stop],
    styles: tuple[str, str],
    judge: PerceptualNetwork,
    photos: Sequence[np.ndarray],
) -> list[Figures]:
    """Distances of each stop from both paintings and from the photos, uint8 RGB (H, W, 3)."""
    networks = [stop.network for stop in stops]
    first, second = (distances(networks, judge, _targets(judge, style), photos) for style in styles)
    return [
        Figures(one.style, other.style, one.content)
        for one, other in zip(first, second, strict=True)
    ]


def path_picture(paths: Sequence[Sequence[Stop]], photo: np.ndarray) -> np.ndarray:
    """A row a path, a column a stop, each the photo with its style above: uint8 RGB."""
    rows = [
        beside([captioned(stop.style, _painted(stop, photo), FONT) for stop in path], GUTTER)
        for path in paths
    ]
    return beneath(rows, GUTTER)


@torch.inference_mode()
def _painted(stop: Stop, photo: np.ndarray) -> np.ndarray:
    return as_bytes(stop.network(as_image(photo))[0])


def _targets(judge: PerceptualNetwork, style: str) -> list[Tensor] | None:
    try:
        return judge.style_targets(open_style(style, PAINTING_SIDE).painting)
    except UserError:  # a style of one's own, or a blend
        return None
