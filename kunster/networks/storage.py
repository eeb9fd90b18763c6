"""Weights in few bits: half precision, or whole numbers with a scale for each output channel."""

from collections.abc import Mapping

import numpy as np

from kunster.errors import UserError

# parameters; larger networks have their kernels in 8 bits, smaller ones in half precision
LARGEST_IN_HALF = 100_000
WHOLE = 127  # the largest whole number, with either sign: 0 stays 0
SCALE = ".scale"  # suffix of the name under which an array's scales are stored


def compact(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A network's weights for a small file; `restored` reads them back.

    Of a large network, the kernels between the first and the last are in 8 bits: those two are
    small, and their errors are the most visible. All else is in half precision.
    """
    kernels = [name for name, array in arrays.items() if array.ndim == 4 and len(array) > 1]
    large = sum(array.size for array in arrays.values()) > LARGEST_IN_HALF
    in_bytes = kernels[1:-1] if large else []
    stored = {}
    for name, array in arrays.items():
        if name in in_bytes:
            stored[name], stored[f"{name}{SCALE}"] = in_eight_bits(array)
        else:
            with np.errstate(over="ignore"):  # infinite then, which is refused when it is read
                stored[name] = array.astype(np.float16)
    return stored


def in_eight_bits(kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers int8, shaped like `kernel` (out, …), and scales float32 (out,).

    Number times scale is off by half a scale at most; the largest weight of each output is exact.
    """
    peaks = np.abs(kernel.astype(np.float32)).reshape(len(kernel), -1).max(1)
    scales = np.maximum(peaks / np.float32(WHOLE), np.finfo(np.float32).tiny)  # of zeros too
    return (kernel / _along(scales, kernel)).round().astype(np.int8), scales


def restored(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Stored arrays as float32: whole numbers times their scales, all others as they are.

    Raises:
        UserError: whole numbers without scales, or with scales for other channels.
    """
    in_bytes = [name for name, array in arrays.items() if array.dtype == np.int8]
    of_others = {f"{name}{SCALE}" for name in in_bytes}
    return {
        name: _scaled(name, arrays) if name in in_bytes else array.astype(np.float32)
        for name, array in arrays.items()
        if name not in of_others
    }


def _scaled(name: str, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    scales, numbers = arrays.get(f"{name}{SCALE}"), arrays[name]
    if scales is None:
        raise UserError(f"tensor {name} is in whole numbers, but {name}{SCALE} is missing")
    if numbers.ndim == 0 or scales.shape != numbers.shape[:1]:
        shapes = f"{scales.shape} for a tensor {numbers.shape}"
        raise UserError(f"tensor {name}{SCALE} has shape {shapes}")
    found: np.ndarray = numbers.astype(np.float32) * _along(scales.astype(np.float32), numbers)
    return found


def _along(scales: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Scales shaped to broadcast along the kernel's first axis."""
    return scales.reshape(-1, *[1] * (kernel.ndim - 1))
