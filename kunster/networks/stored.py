"""Networks as arrays, as files hold them: what painting needs, without torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kunster.errors import UserError
from kunster.files.array_file import read_arrays
from kunster.networks.description import Description
from kunster.networks.shapes import Shape
from kunster.networks.storage import restored

if TYPE_CHECKING:
    from kunster.networks.stylizer import Stylizer


@dataclass(frozen=True)
class StoredNetwork:
    """A stylizer's shape and its weights by name, float32.

    `kunster.networks.model_file.as_stylizer` gives the same as a module of torch.
    """

    shape: Shape
    arrays: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, network: "Stylizer") -> "StoredNetwork":
        """Copies of a network's weights; torch has it already."""
        arrays = {name: each.cpu().float().numpy() for name, each in network.state_dict().items()}
        return cls(network.shape, arrays)


def read_stored(path: Path) -> tuple[StoredNetwork, Description]:
    """The network in a `.safetensors` file of `kunster.networks.model_file.save_model`.

    Raises:
        NotOurs: another tool's.
        UserError: the file is missing, damaged, or of another architecture.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    arrays, metadata = read_arrays(path)
    try:
        description = Description.from_metadata(metadata)
        return as_described(description, restored(arrays)), description
    except UserError as error:
        raise type(error)(f"{path}: {error}") from error


def as_described(description: Description, arrays: Mapping[str, np.ndarray]) -> StoredNetwork:
    """The network described, with these weights.

    Raises:
        UserError: names the weight that is missing, left over, of another shape or not finite.
    """
    try:
        shape = description.shape()
    except (ValueError, OverflowError) as error:  # alpha=nan, beta=inf
        raise UserError(str(error)) from error
    check_shapes(description, shape.tensors(), {name: each.shape for name, each in arrays.items()})
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise UserError(f"tensor {name} holds values that are not numbers (NaN or infinite)")
    floats = {name: np.ascontiguousarray(each, np.float32) for name, each in arrays.items()}
    return StoredNetwork(shape, floats)


def check_shapes(
    description: Description,
    expected: Mapping[str, tuple[int, ...]],
    found: Mapping[str, tuple[int, ...]],
) -> None:
    """Checks the weights in a file against those of the network described, by name.

    Raises:
        UserError: one is missing, left over or of another shape, or their number is another.
    """
    described = f"a {description.kind} network (written by version {description.version})"
    for name, shape in expected.items():
        if name not in found:
            raise UserError(f"tensor {name} is missing for {described}")
        if found[name] != shape:
            shapes = f"{found[name]} instead of {shape}"
            raise UserError(f"tensor {name} has shape {shapes} for {described}")
    extra = sorted(set(found) - set(expected))
    if extra:
        raise UserError(f"tensor {extra[0]} has no place in {described}")
    count = sum(int(np.prod(shape)) for shape in expected.values())
    if count != description.parameters:
        raise UserError(f"parameters={description.parameters}: this network has {count}")
