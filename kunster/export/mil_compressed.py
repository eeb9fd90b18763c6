"""MIL operations on what is stored in few bits: weights in the file, activations between layers.

The meaning of each is that of the MIL specification (coremltools, `mil/mil/ops/defs`: iOS16
`constexpr_ops`, iOS17 `quantization_ops`).
"""

import numpy as np
import torch
from torch import Tensor

LIMITS = {"int8": (-128, 127), "uint8": (0, 255)}


def affine_dequantize(
    quantized_data: Tensor, zero_point: Tensor | float, scale: Tensor | float, axis: int
) -> Tensor:
    """scale * (data - zero_point), both of them single values or one for each place on an axis."""
    data = quantized_data.float()
    return _along(scale, axis, data) * (data - _along(zero_point, axis, data))


def lut_to_dense(indices: Tensor, lut: Tensor, shape: list[int]) -> Tensor:
    """Values of a table by their places in it, packed with the lowest bit first."""
    bits, count = len(lut).bit_length() - 1, int(np.prod(shape))
    unpacked = np.unpackbits(indices.numpy(), bitorder="little")[: count * bits]
    places = unpacked.reshape(count, bits) @ (1 << np.arange(bits))
    return lut[torch.from_numpy(places)].reshape(shape)


def quantize(
    input: Tensor,
    scale: Tensor | float,
    output_dtype: str,
    zero_point: Tensor | float = 0,
    axis: int = 0,
) -> Tensor:
    """clip(round(input / scale) + zero_point)."""
    rounded = (input / _along(scale, axis, input)).round() + _along(zero_point, axis, input)
    return rounded.clamp(*LIMITS[output_dtype])


def dequantize(
    input: Tensor, scale: Tensor | float, zero_point: Tensor | float = 0, axis: int = 0
) -> Tensor:
    """scale * (input - zero_point)."""
    return affine_dequantize(input, zero_point, scale, axis)


def _along(value: Tensor | float, axis: int, of: Tensor) -> Tensor:
    """A single value as it is; several side by side along an axis."""
    value = torch.as_tensor(value).float()
    if value.numel() == 1:
        return value.reshape(())
    return value.reshape([-1 if place == axis % of.ndim else 1 for place in range(of.ndim)])
