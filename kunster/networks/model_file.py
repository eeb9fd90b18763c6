"""Networks on disk: safetensors with a description, or a Lightning checkpoint."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor, nn

from kunster.errors import UserError
from kunster.files.replacing import replacing
from kunster.files.tensor_file import read_checkpoint, read_tensors
from kunster.networks.description import Description
from kunster.networks.storage import compact, restored
from kunster.networks.stylizer import Stylizer

# in a stage's folder, in order of preference; all hold the same network
FILES = ("model.safetensors", "last.ckpt", "model.onnx")
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
    tensors: Mapping[str, Tensor] = plain_copy(network, description).state_dict()
    if small:
        tensors = compact(tensors)
        with_weights(description, restored(tensors))  # half precision ends at 65504
    with replacing(path) as part:
        part.write_bytes(save(dict(tensors), metadata=description.to_metadata()))


def load_model(path: Path) -> tuple[Stylizer, Description]:
    """Reads a network from a `.safetensors` file or a Lightning `.ckpt`, in eval mode on the CPU.

    Nothing in the file is executed.

    Raises:
        UserError: the file is missing, truncated, not ours, of another architecture, or holds more
            than weights.
    """
    readers: dict[str, Callable[[Path], tuple[dict[str, Tensor], dict[str, str]]]] = {
        ".safetensors": read_tensors,
        ".ckpt": _read_ours,
    }
    if path.suffix not in readers:
        raise UserError(f"{path}: must be a .safetensors file or a .ckpt checkpoint")
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    tensors, metadata = readers[path.suffix](path)
    try:
        description = Description.from_metadata(metadata)
        return with_weights(description, restored(tensors)), description
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def model_in(folder: Path, names: Sequence[str] = FILES) -> Path | None:
    """The first of these files that exists in a stage's folder, or None."""
    return next((folder / name for name in names if (folder / name).is_file()), None)


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


def _read_ours(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    checkpoint = read_checkpoint(path)
    if not isinstance(checkpoint, dict) or not isinstance(checkpoint.get("description"), dict):
        raise UserError(f"{path}: not a checkpoint of kunster: it has no description")
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
    described = f"a {description.kind} network (written by version {description.version})"
    for name, tensor in expected.items():
        if name not in tensors:
            raise UserError(f"tensor {name} is missing for {described}")
        if tensors[name].shape != tensor.shape:
            shapes = f"{tuple(tensors[name].shape)} instead of {tuple(tensor.shape)}"
            raise UserError(f"tensor {name} has shape {shapes} for {described}")
        if not tensors[name].isfinite().all():
            raise UserError(f"tensor {name} holds values that are not numbers (NaN or infinite)")
    extra = sorted(set(tensors) - set(expected))
    if extra:
        raise UserError(f"tensor {extra[0]} has no place in {described}")
    count = sum(tensor.numel() for tensor in expected.values())
    if count != description.parameters:
        raise UserError(f"parameters={description.parameters}: this network has {count}")
