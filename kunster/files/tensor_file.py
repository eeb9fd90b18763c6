"""Reading a safetensors file whole."""

from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import Tensor

from kunster.errors import UserError


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Its tensors by name, and its metadata.

    Raises:
        UserError: not a file of that kind, or damaged.
    """
    try:
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return tensors, file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path}: damaged or not a safetensors file ({error})") from error
