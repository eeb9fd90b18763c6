"""Weights in few bits: half precision, or whole numbers with a scale for each output channel."""

from collections.abc import Mapping

import torch
from torch import Tensor

from kunster.errors import UserError

# parameters; larger networks have their kernels in 8 bits, smaller ones in half precision
LARGEST_IN_HALF = 100_000
WHOLE = 127  # the largest whole number, with either sign: 0 stays 0
SCALE = ".scale"  # suffix of the name under which a tensor's scales are stored


def compact(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A network's weights for a small file; `restored` reads them back.

    Of a large network, the kernels between the first and the last are in 8 bits: those two are
    small, and their errors are the most visible. All else is in half precision.
    """
    kernels = [name for name, tensor in tensors.items() if tensor.ndim == 4 and len(tensor) > 1]
    large = sum(tensor.numel() for tensor in tensors.values()) > LARGEST_IN_HALF
    in_bytes = kernels[1:-1] if large else []
    stored = {}
    for name, tensor in tensors.items():
        if name in in_bytes:
            stored[name], stored[f"{name}{SCALE}"] = in_eight_bits(tensor)
        else:
            stored[name] = tensor.half()
    return stored


def in_eight_bits(kernel: Tensor) -> tuple[Tensor, Tensor]:
    """Whole numbers int8, shaped like `kernel` (out, …), and scales float32 (out,).

    Number times scale is off by half a scale at most; the largest weight of each output is exact.
    """
    peaks = kernel.float().flatten(1).abs().amax(1)
    scales = (peaks / WHOLE).clamp_min(torch.finfo(torch.float32).tiny)  # of zeros too
    return (kernel / _along(scales, kernel)).round().to(torch.int8), scales


def restored(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Stored tensors as float32: whole numbers times their scales, all others as they are.

    Raises:
        UserError: whole numbers without scales, or with scales for other channels.
    """
    in_bytes = [name for name, tensor in tensors.items() if tensor.dtype == torch.int8]
    of_others = {f"{name}{SCALE}" for name in in_bytes}
    return {
        name: _scaled(name, tensors) if name in in_bytes else tensor.float()
        for name, tensor in tensors.items()
        if name not in of_others
    }


def _scaled(name: str, tensors: Mapping[str, Tensor]) -> Tensor:
    scales, numbers = tensors.get(f"{name}{SCALE}"), tensors[name]
    if scales is None:
        raise UserError(f"tensor {name} is in whole numbers, but {name}{SCALE} is missing")
    if numbers.ndim == 0 or scales.shape != numbers.shape[:1]:
        shapes = f"{tuple(scales.shape)} for a tensor {tuple(numbers.shape)}"
        raise UserError(f"tensor {name}{SCALE} has shape {shapes}")
    return numbers.float() * _along(scales.float(), numbers)


def _along(scales: Tensor, kernel: Tensor) -> Tensor:
    """Scales shaped to broadcast along the kernel's first axis."""
    return scales.reshape(-1, *[1] * (kernel.ndim - 1))
