"""Reading of whole files of tensors: safetensors and `torch.save`; nothing in them is executed."""

import pickle
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from kunster.errors import UserError


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
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise UserError(
            f"{path}: holds more than weights and plain values, or is damaged; "
            "refused, and nothing in it was executed"
        ) from error
    except Exception as error:  # arbitrary bytes fail in arbitrary ways
        raise UserError(f"{path}: damaged or not a checkpoint") from error
