"""Networks on disk: safetensors with a description, or a Lightning checkpoint."""

from collections.abc import Mapping
from dataclasses import astuple
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save
from torch import Tensor, nn

from kunster.errors import UserError
from kunster.files.array_file import read_arrays
from kunster.files.replacing import replacing
from kunster.files.tensor_file import read_checkpoint
from kunster.networks.description import FOREIGN, Description
from kunster.networks.model_paths import check_weights
from kunster.networks.storage import compact, restored
from kunster.networks.stored import StoredNetwork, check_shapes
from kunster.networks.stylizer import Stylizer

PREFIX = "network."  # where a LightningModule of kunster.objectives holds the network


def save_model(
    network: nn.Module, description: Description, path: Path, small: bool = False
) -> None:
    """Writes the weights in float32 with the description as metadata to a `.safetensors` file.

    Args:
        small: in fewer bits, as `kunster.networks.storage` has them.

    Raises:
        UserError: the network is not the one described, or the file cannot be written.
    """
    tensors = plain_copy(network, description).state_dict()
    arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
    if small:
        arrays = compact(arrays)
        with_weights(description, _as_tensors(restored(arrays)))  # half precision ends at 65504
    with replacing(path) as part:
        part.write_bytes(save(arrays, metadata=description.to_metadata()))


def load_model(path: Path) -> tuple[Stylizer, Description]:
    """Reads kunster's network from `.safetensors` or a Lightning `.ckpt`, in eval mode on the CPU.

    Nothing in the file is executed.

    Raises:
        UserError: the file is missing, truncated, not ours, of another architecture, or holds more
            than weights.
    """
    check_weights(path)
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    read = _read_safetensors if path.suffix == ".safetensors" else _read_ours
    tensors, metadata = read(path)
    try:
        description = Description.from_metadata(metadata)
        return with_weights(description, tensors), description
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def as_stylizer(stored: StoredNetwork) -> Stylizer:
    """A network from arrays, in eval mode, float32, on the CPU."""
    with torch.device("meta"):  # no memory, and no random numbers drawn
        network = Stylizer(*astuple(stored.shape))
    for name in stored.shape.norms:
        if f"{name}.weight" not in stored.arrays:  # part of its convolution: `fixed_norms`
            network.set_submodule(name, nn.Identity())
    network.load_state_dict(_as_tensors(stored.arrays), assign=True)
    return network.requires_grad_(False).eval()


def plain_copy(network: nn.Module, description: Description) -> Stylizer:
    """The same network in eval mode, float32 and NCHW on the CPU, sharing nothing with it."""
    return with_weights(description, _plain_names(network.state_dict()))


def with_weights(description: Description, tensors: Mapping[str, Tensor]) -> Stylizer:
    """The network described, holding copies of `tensors`, in eval mode, float32, on the CPU.

    Leaves the random number generators alone, so that a training run may call it at any time.

    Raises:
        UserError: names the tensor that is missing, left over, of another shape or not finite.
    """
    try:
        with torch.device("meta"):  # no memory, and no random numbers drawn
            network = description.build()
    except (ValueError, OverflowError) as error:  # alpha=nan, beta=inf
        raise UserError(str(error)) from error
    _check_tensors(description, network.state_dict(), tensors)
    copies = {
        name: tensor.detach()
        .to("cpu", torch.float32, copy=True)
        .contiguous(memory_format=torch.contiguous_format)
        for name, tensor in tensors.items()
    }
    network.load_state_dict(copies, assign=True)
    return network.requires_grad_(False).eval()


def _as_tensors(arrays: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    return {name: torch.tensor(array) for name, array in arrays.items()}


def _read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    arrays, metadata = read_arrays(path)
    try:
        return _as_tensors(restored(arrays)), metadata
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def _read_ours(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    checkpoint = read_checkpoint(path)
    if not isinstance(checkpoint, dict) or not isinstance(checkpoint.get("description"), dict):
        raise UserError(f"{path}: not a checkpoint of kunster: it has no description; {FOREIGN}")
    state = checkpoint.get("state_dict")
    if not isinstance(state, dict):
        raise UserError(f"{path}: not a checkpoint of kunster: it has no state_dict")
    weights = {
        name.removeprefix(PREFIX): tensor
        for name, tensor in state.items()
        if name.startswith(PREFIX)
    }
    return _plain_names(weights), checkpoint["description"]


def _plain_names(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors without the prefix that torch.compile gives every name."""
    return {name.removeprefix("_orig_mod."): tensor for name, tensor in tensors.items()}


def _check_tensors(
    description: Description, expected: Mapping[str, Tensor], tensors: Mapping[str, Tensor]
) -> None:
    check_shapes(description, _shapes(expected), _shapes(tensors))
    for name, tensor in tensors.items():
        if not tensor.isfinite().all():
            raise UserError(f"tensor {name} holds values that are not numbers (NaN or infinite)")


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}
