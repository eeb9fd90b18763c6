"""Reading of whole safetensors files as arrays; needs no torch, and nothing in them is executed."""

from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from kunster.errors import UserError


def read_arrays(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays of a safetensors file by name, and its metadata.

    Raises:
        UserError: the file cannot be read, is of another kind, damaged, or holds numbers that NumPy
            does not have, such as bfloat16.
    """
    try:
        with safe_open(path, "np") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return arrays, file.metadata() or {}
    except (SafetensorError, OSError, TypeError, AttributeError) as error:
        raise UserError(f"{path}: damaged or not a safetensors file ({error})") from error
