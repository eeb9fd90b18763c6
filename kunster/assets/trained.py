"""Trained networks that ship, `trained/<style>/<id>-<stage>.safetensors`, found by name.

`base` is one network of many styles.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from kunster.assets.paintings import KNOWN
from kunster.console.choices import nearest
from kunster.files.local_path import local_path

FOLDER = Path(__file__).parent / "trained"
FILE = re.compile(r"(\d+)-(perceptual|temporal)\.safetensors")
DEFAULT = "scream"
BASE = "base"  # the name that the network of many styles has in place of a style
FAVOURITE = 14  # of Table II: 15 thousand parameters, live on every phone of the paper
FAVOURITE_OF_MANY = 8  # which has the room for twenty paintings


@dataclass(frozen=True)
class TrainedNetwork:
    """A trained network that ships; `id` is its row of Table II."""

    style: str
    id: int
    stage: str
    path: Path

    @property
    def name(self) -> str:
        """Name for `--model`, such as scream:14:temporal."""
        return f"{self.style}:{self.id}:{self.stage}"


def trained_networks() -> list[TrainedNetwork]:
    """The networks of one style that ship, sorted by style, id and stage."""
    return [network for network in _all_networks() if network.style != BASE]


def base_networks() -> list[TrainedNetwork]:
    """The networks of many styles that ship, sorted by id and stage."""
    return [network for network in _all_networks() if network.style == BASE]


def _all_networks() -> list[TrainedNetwork]:
    found = [
        TrainedNetwork(path.parent.name, int(parts[1]), parts[2], path)
        for path in FOLDER.glob("*/*")
        if (parts := FILE.fullmatch(path.name))
    ]
    return sorted(found, key=lambda network: (network.style, network.id, network.stage))


def list_styles() -> list[str]:
    """Names of the styles that ship in networks of their own, for `kunster.load` and `--model`."""
    return list(dict.fromkeys(network.style for network in trained_networks()))


def styles_in_base() -> list[str]:
    """Names of the styles of the networks of many styles; none where no such network ships."""
    return list(KNOWN) if base_networks() else []


def find_trained(name: str) -> Path | None:
    """The file behind `scream`, `scream:8` or `scream:8:perceptual`; None if none ships.

    Where the name leaves it open, stage 2 and id 14 are preferred, of `base` id 8.
    """
    style, *rest = name.split(":")
    found = [
        network
        for network in _all_networks()
        if network.style == style and [str(network.id), network.stage][: len(rest)] == rest
    ]
    if not found:
        return None
    favourite = FAVOURITE_OF_MANY if style == BASE else FAVOURITE
    return max(found, key=lambda each: (each.stage == "temporal", each.id == favourite)).path


def shipped_beside(model: str) -> list[str]:
    """`model`, then the networks of its size and stage that ship in the other styles, in a ring.

    Beside one that does not ship, id 14 in every style.
    """
    path = None if local_path(model).exists() else find_trained(model)
    networks = trained_networks()
    own = next((each for each in networks if each.path == path), None)
    number, stage = (own.id, own.stage) if own else (FAVOURITE, "temporal")
    ring = [each for each in networks if (each.id, each.stage) == (number, stage)]
    after = ring.index(own) + 1 if own else 0
    return [model, *(each.name for each in ring[after:] + ring[:after] if each != own)]


def locate_model(model: str | Path) -> Path:
    """`model` as a path if it exists, otherwise the network that ships under that name, if any."""
    path = local_path(model)
    return path if path.exists() else find_trained(str(model)) or path


def what_ships(wanted: str | Path = "") -> str:
    """Text for error messages: `styles that ship: scream (ids 8, 14), udnie (id 14)`.

    Args:
        wanted: a name that does not ship; one that is near it comes first.
    """
    ids: dict[str, list[int]] = {}
    for network in _all_networks():
        ids.setdefault(network.style, []).append(network.id)
    if not ids:
        return "no trained style ships yet"
    style, *rest = str(wanted).split(":")
    near = None if style in ids else nearest(style, [*ids, *styles_in_base()])
    near = near and ":".join([near, *rest])
    if style in ids and len(rest) == 2:
        near = nearest(str(wanted), [network.name for network in _all_networks()])
    meant = f"did you mean {near}? " if near else ""
    return f"{meant}styles that ship: " + ", ".join(
        f"{style} (id{'s' * (len(set(numbers)) > 1)} {', '.join(map(str, sorted(set(numbers))))})"
        for style, numbers in ids.items()
    )
