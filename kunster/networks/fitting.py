"""Files of weights, and which of our networks the weights of another tool fit."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from math import prod
from pathlib import Path
from typing import Any, get_args

import torch
from torch import Tensor

from kunster.errors import UserError
from kunster.files.tensor_file import read_checkpoint, read_tensors
from kunster.networks.description import Description
from kunster.networks.foreign import Misfit, in_forward_order, networks_in, taken_over
from kunster.networks.model_file import with_weights
from kunster.networks.shapes import Layout, Norm
from kunster.networks.stylizer import Stylizer
from kunster.networks.table2 import ROWS


def read_weights(path: Path) -> tuple[Any, bool]:
    """The content of the file, and whether kunster wrote it.

    Raises:
        UserError: damaged, or it holds more than weights.
    """
    if path.suffix == ".safetensors":
        tensors, metadata = read_tensors(path)
        return in_forward_order(tensors), {"kind", "norm", "stage"} <= metadata.keys()
    content = read_checkpoint(path)
    return content, isinstance(content, Mapping) and isinstance(content.get("description"), dict)


def groups_in(path: Path, content: object) -> list[dict[str, Tensor]]:
    """Groups of tensors that may be a network, the largest first.

    Raises:
        UserError: there is none.
    """
    groups = networks_in(content)
    if not groups:
        raise UserError(f"{path}: holds no weights")
    return groups


def with_their_weights(path: Path, content: object, description: Description) -> Stylizer:
    """The network described, with another tool's weights.

    Raises:
        UserError: they do not fit; it names a tensor, and a network that they fit.
    """
    groups = groups_in(path, content)
    try:
        return with_weights(description, _first_fit(groups, description))
    except Misfit as misfit:
        other = fitting(groups)
        fits = f"; it fits {other.architecture}" if other else ""
        raise UserError(f"{path}: {misfit} in {description.architecture}{fits}") from misfit
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def fitting(groups: list[dict[str, Tensor]]) -> Description | None:
    """The first of our networks that one of the groups fits, described but for its style."""
    for other in _architectures():
        if _fits(groups, other):
            count = sum(prod(shape) for shape in other.shape().tensors().values())
            return replace(other, parameters=count)
    return None


def _first_fit(groups: list[dict[str, Tensor]], description: Description) -> dict[str, Tensor]:
    with torch.device("meta"):  # shapes only, and no random numbers drawn
        ours = description.build().state_dict()
    of_our_size = [tensors for tensors in groups if len(tensors) == len(ours)]
    misfits = []
    for tensors in of_our_size or groups[:1]:
        try:
            return taken_over(tensors, ours)
        except Misfit as misfit:
            misfits.append(misfit)
    raise misfits[0]


def _fits(groups: list[dict[str, Tensor]], description: Description) -> bool:
    try:
        return bool(_first_fit(groups, description))
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
