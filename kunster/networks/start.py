"""Initial weights for training from a checkpoint of kunster or of another tool."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from torch import Tensor

from kunster.assets.trained import locate_model, what_ships
from kunster.errors import UserError
from kunster.files.checksum import sha256
from kunster.networks.description import Description
from kunster.networks.fitting import read_weights, with_their_weights
from kunster.networks.mixing import folded as fold_style
from kunster.networks.model_file import as_stylizer, load_model, with_weights
from kunster.networks.stored import StoredNetwork
from kunster.networks.stylizer import Stylizer
from kunster.networks.value_range import AUTO, RANGES, folded, found_range

# kinds that differ in what their weights reach, and in how many styles their norms are of
RELATED = frozenset({"kunster", "dilated", "multistyle"})
# chooses, for a style that is to be learned, the one to begin from
Nearest = Callable[[str, Mapping[str, Stylizer]], str]


def load_start(
    path: Path,
    description: Description,
    photos: Tensor,
    value_range: str | int = AUTO,
    nearest: Nearest | None = None,
) -> tuple[Stylizer, dict[str, str]]:
    """The network described, with the weights in a file, in training mode on the CPU.

    Takes what kunster wrote, of any style and stage, plain or dilated, and the weights of other
    tools wherever their layers have the same shapes, whatever their names. Differences without
    tensors (a ReLU after the residual sum, batch norm for instance norm) cannot be detected;
    training has to correct them. Nothing in the file is executed.

    Args:
        path: a file, or the name of a style that ships.
        photos: (B, 3, H, W), RGB in [0, 1], H and W multiples of 4; two show in which range another
            tool's network works.
        value_range: that range, one of `RANGES`, or `auto`; what kunster wrote needs none.
        nearest: of the styles of a network of several, given as plain networks by name, the one to
            begin from for a style that it lacks; None takes the first.

    Returns:
        The network, and its record for results.json: name, source, sha256, value_range, where it
        is known `learned`, as in `Description`, and of a network of several `from`, its styles.

    Raises:
        UserError: missing or damaged file, one that holds more than weights, another architecture,
            or no range to be found.
    """
    path = locate_model(path)
    stated = str(value_range)
    if stated not in (AUTO, *RANGES):
        raise UserError(f"start_range={stated}: must be one of {', '.join((AUTO, *RANGES))}")
    if not path.is_file():
        raise UserError(f"start={path}: no such file, nor a style; {what_ships(path)}")
    content, ours = read_weights(path)
    if ours:
        (network, known), stated = _own(path, description, nearest), "1"
    else:
        network = with_their_weights(path, content, description)
        if stated == AUTO:
            stated = _found_range(path, network, photos)
        network, known = folded(network, RANGES[stated]), {}
    record = {"name": "start", "source": str(path), "sha256": sha256(path), "value_range": stated}
    record |= known
    return network.requires_grad_(True).train(), record


def _own(
    path: Path, description: Description, nearest: Nearest | None
) -> tuple[Stylizer, dict[str, str]]:
    network, found = load_model(path)
    related = found.kind == description.kind or {found.kind, description.kind} <= RELATED
    like_asked = replace(found, kind=description.kind, styles=description.styles)
    if not related or like_asked.architecture != description.architecture:
        raise UserError(
            f"{path}: holds {(like_asked if related else found).architecture}, not the "
            f"{description.architecture} asked for; give the first as words beside start"
        )
    known = {"learned": found.learned} if found.learned else {}
    if found.styles is None and description.styles is None:
        return with_weights(like_asked, network.state_dict()), known
    stored, wanted = StoredNetwork.of(network), description.styles or (description.style,)
    if found.styles is None:
        begun = [stored.arrays for _ in wanted]
    else:
        alone = {name: fold_style(stored, found, {name: 1})[0] for name in found.styles}
        chosen = [_chosen(style, alone, nearest) for style in wanted]
        begun = [alone[name].arrays for name in chosen]
        known["from"] = ",".join(chosen)
    shape = description.shape()
    arrays = {
        name: array
        if array.shape == shape.tensors()[name]
        else np.stack([each[name] for each in begun])
        for name, array in begun[0].items()
    }
    return as_stylizer(StoredNetwork(shape, arrays)), known


def _chosen(style: str, alone: Mapping[str, StoredNetwork], nearest: Nearest | None) -> str:
    """The style to begin another from: the one of its name, or the nearest."""
    if style in alone or nearest is None:
        return style if style in alone else next(iter(alone))
    return nearest(style, {name: as_stylizer(each) for name, each in alone.items()})


def _found_range(path: Path, network: Stylizer, photos: Tensor) -> str:
    try:
        return found_range(network, photos)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
