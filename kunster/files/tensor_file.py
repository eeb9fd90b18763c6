"""Reading of whole files of tensors: safetensors and `torch.save`; nothing in them is executed."""

import os
import pickle
import warnings
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from kunster.errors import UserError

HDF5 = b"\x89HDF\r\n"
LUA = (b"\4\0\0\0\1\0\0\0\3\0\0\0V 1", b"4\n1\n3\nV 1")  # an object, number 1, and its version
TENSORFLOW = 0xDB4775248B80FB57.to_bytes(8, "little")  # ends its tables


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors of a safetensors file by name, and its metadata.

    Raises:
        UserError: the file cannot be read, is of another kind, or is damaged.
    """
    try:
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return tensors, file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path}: damaged or not a safetensors file ({error})") from error


def read_checkpoint(path: Path) -> Any:
    """Content of a `torch.save` file: tensors and plain values, on the CPU.

    Raises:
        UserError: damaged, not such a file, or it holds more than that.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # TorchScript's, beside the error
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # arbitrary bytes fail in arbitrary ways
        other = "a TorchScript program" if "TorchScript" in str(error) else _other_kind(path)
        if other:
            raise UserError(
                f"{path}: {other}; weights are read from what torch.save wrote"
            ) from error
        if isinstance(error, pickle.UnpicklingError):
            raise UserError(
                f"{path}: holds more than weights and plain values, or is damaged; refused, and "
                "nothing in it was executed; torch.save(network.state_dict(), FILE) saves weights"
            ) from error
        raise UserError(f"{path}: damaged or not a checkpoint") from error


def _other_kind(path: Path) -> str | None:
    """Format of another program's checkpoint, by its first or last bytes; None if unknown."""
    try:
        with open(path, "rb") as file:
            head = file.read(32)
            file.seek(max(0, os.fstat(file.fileno()).st_size - len(TENSORFLOW)))
            tail = file.read()
    except OSError:
        return None
    if head.startswith(HDF5):
        return "an HDF5 file, as Keras writes"
    if head.startswith(LUA):
        return "a file of Lua's Torch"
    return "a checkpoint of TensorFlow" if tail == TENSORFLOW else None
