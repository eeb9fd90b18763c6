"""Initial weights for training from a checkpoint of kunster or of another tool."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch
from torch import Tensor

from kunster.assets.trained import locate_model, what_ships
from kunster.errors import UserError
from kunster.files.checksum import sha256
from kunster.files.tensor_file import read_checkpoint, read_tensors
from kunster.networks.description import Description
from kunster.networks.foreign import Misfit, in_forward_order, networks_in, taken_over
from kunster.networks.mixing import folded as fold_style
from kunster.networks.model_file import as_stylizer, load_model, with_weights
from kunster.networks.shapes import Layout, Norm
from kunster.networks.stored import StoredNetwork
from kunster.networks.stylizer import Stylizer
from kunster.networks.table2 import ROWS
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
    content, ours = _read(path)
    if ours:
        (network, known), stated = _own(path, description, nearest), "1"
    else:
        network = _foreign(path, content, description)
        if stated == AUTO:
            stated = _found_range(path, network, photos)
        network, known = folded(network, RANGES[stated]), {}
    record = {"name": "start", "source": str(path), "sha256": sha256(path), "value_range": stated}
    record |= known
    return network.requires_grad_(True).train(), record


def _read(path: Path) -> tuple[Any, bool]:
    """The content of the file, and whether kunster wrote it."""
    if path.suffix == ".safetensors":
        tensors, metadata = read_tensors(path)
        return in_forward_order(tensors), {"kind", "norm", "stage"} <= metadata.keys()
    content = read_checkpoint(path)
    return content, isinstance(content, Mapping) and isinstance(content.get("description"), dict)


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


def _foreign(path: Path, content: object, description: Description) -> Stylizer:
    candidates = networks_in(content)
    if not candidates:
        raise UserError(f"{path}: holds no weights")
    try:
        return with_weights(description, _first_fit(candidates, description))
    except Misfit as misfit:
        others = (other for other in _architectures() if _fits(candidates, other))
        fitting = next((f"; it fits {other.architecture}" for other in others), "")
        asked = description.architecture
        raise UserError(f"{path}: {misfit} in {asked}{fitting}") from misfit
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def _first_fit(candidates: list[dict[str, Tensor]], description: Description) -> dict[str, Tensor]:
    with torch.device("meta"):  # shapes only, and no random numbers drawn
        ours = description.build().state_dict()
    of_our_size = [tensors for tensors in candidates if len(tensors) == len(ours)]
    misfits = []
    for tensors in of_our_size or candidates[:1]:
        try:
            return taken_over(tensors, ours)
        except Misfit as misfit:
            misfits.append(misfit)
    raise misfits[0]


def _fits(candidates: list[dict[str, Tensor]], description: Description) -> bool:
    try:
        return bool(_first_fit(candidates, description))
    except Misfit:
        return False


def _architectures() -> Iterator[Description]:
    """Every network that a file may turn out to hold: the baselines, and all of both layouts."""
    unknown: dict[str, Any] = {"style": "", "stage": "perceptual", "parameters": 0}
    none: dict[str, Any] = dict.fromkeys(("alpha", "beta", "layout"))
    yield Description(kind="johnson", norm="instance", **none, **unknown)
    yield Description(kind="reconet", norm="instance", **none, **unknown)
    for norm, layout, row in product(get_args(Norm), get_args(Layout), ROWS):
        size: dict[str, Any] = {"alpha": row.alpha, "beta": row.beta, "layout": layout}
        yield Description(kind="kunster", norm=norm, **size, **unknown)


def _found_range(path: Path, network: Stylizer, photos: Tensor) -> str:
    try:
        return found_range(network, photos)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
