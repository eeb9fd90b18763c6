"""Evaluates a Core ML package operation by operation, on systems without Core ML.

Independent of the exporter: it runs what is in the file. Each operation is defined as in the MIL
specification (coremltools, `mil/mil/ops/defs`; compressed weights: iOS16 `constexpr_ops`).
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from kunster.errors import UserError
from kunster.export.mil_package import Operation, Package, read_package
from kunster.export.parity import Opened

Observer = Callable[[Operation, Tensor], None]  # sees each operation and its result


def open_package(path: Path, weights: Sequence[float] | None = None) -> Opened:
    """A package as a function in half precision; keeps the largest result of each operation.

    Args:
        weights: of the styles, where it has several.
    """
    package = read_package(path)
    ranges: dict[str, float] = {}

    def keep(operation: Operation, result: Tensor) -> None:
        if operation.half:
            largest = float(result.abs().max())
            ranges[operation.name] = max(largest, ranges.get(operation.name, 0.0))

    sizes = package.sizes
    listed = () if sizes.ranges else sizes.enumerated or (sizes.default,)
    return Opened(
        lambda image: evaluate(package, image, observe=keep, weights=weights),
        package.operation_counts(),
        listed,
        ranges,
    )


def evaluate(
    package: Package,
    image: np.ndarray,
    half: bool = True,
    observe: Observer | None = None,
    weights: Sequence[float] | None = None,
) -> np.ndarray:
    """Runs the package on one picture.

    Args:
        image: uint8 (H, W, 3) RGB, of a size that the package takes.
        half: round every result that the package stores in half precision, as a phone does; each
            operation computes in float32 inside.
        observe: called with every operation and its result, in their order.
        weights: of the styles, where the package has several.

    Returns:
        float32 (H, W, 3), RGB from 0 to 255, before rounding to whole values.

    Raises:
        UserError: the package does not take this size.
        LookupError: names an operation without a definition here.
    """
    if image.shape[:2] not in package.sizes:
        height, width = image.shape[:2]
        raise UserError(f"an image of {width}x{height}: the package does not take this size")
    frame = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].float()
    stylized = run(package, frame, half, observe, weights)[0].permute(1, 2, 0)
    return stylized.numpy()


@torch.inference_mode()
def run(
    package: Package,
    frame: Tensor,
    half: bool = True,
    observe: Observer | None = None,
    weights: Sequence[float] | None = None,
) -> Tensor:
    """A frame (1, 3, H, W) from 0 to 255 through all operations of the package."""
    values: dict[str, Tensor] = {package.input: frame}
    for name in package.others:
        assert weights is not None, "which styles?"
        values[name] = torch.tensor([weights], dtype=torch.float32)
    for operation in package.operations:
        inputs = {
            key: values[value] if isinstance(value, str) and value in values else _tensor(value)
            for key, value in operation.inputs.items()
        }
        result = _definition(operation)(**inputs)
        if half and operation.half:
            result = result.half().float()
        values[operation.outputs[0]] = result
        if observe is not None:
            observe(operation, result)
    return values[package.output]


def _tensor(value: Any) -> Any:
    """Float arrays as float32 tensors, 8-bit arrays as such; integers and text plain."""
    if not isinstance(value, np.ndarray):
        return value
    if value.dtype.kind == "f":
        return torch.from_numpy(value.astype(np.float32))
    if value.dtype.itemsize == 1:
        return torch.from_numpy(value.copy())
    return value.tolist()


def _definition(operation: Operation) -> Callable[..., Tensor]:
    if operation.kind not in DEFINITIONS:
        raise LookupError(
            f"operation {operation.kind} ({operation.name}): no definition in mil_reference"
        )
    return DEFINITIONS[operation.kind]


def _conv(
    x: Tensor,
    weight: Tensor,
    strides: list[int],
    pad_type: str,
    pad: list[int],
    dilations: list[int],
    groups: int,
    bias: Tensor | None = None,
) -> Tensor:
    assert pad_type in ("valid", "custom"), pad_type
    if pad_type == "custom":  # (top, bottom, left, right)
        x = F.pad(x, (pad[2], pad[3], pad[0], pad[1]))
    return F.conv2d(x, weight, bias, strides, 0, dilations, groups)


def _pad(x: Tensor, pad: list[int], mode: str, constant_val: float = 0.0) -> Tensor:
    """`pad` holds (before, after) of each of the last dimensions, first dimension first."""
    backwards = [margin for i in range(len(pad) - 2, -1, -2) for margin in pad[i : i + 2]]
    if mode == "constant":
        return F.pad(x, backwards, value=constant_val)
    assert not any(backwards[4:]), "only height and width are padded"
    return F.pad(x, backwards[:4], mode=mode)


def _instance_norm(
    x: Tensor, epsilon: float, gamma: Tensor | None = None, beta: Tensor | None = None
) -> Tensor:
    mean = x.mean((2, 3), keepdim=True)
    variance = (x - mean).square().mean((2, 3), keepdim=True)
    normed = (x - mean) * torch.rsqrt(variance + epsilon)
    scaled = normed if gamma is None else normed * gamma.view(1, -1, 1, 1)
    return scaled if beta is None else scaled + beta.view(1, -1, 1, 1)


def _batch_norm(
    x: Tensor, mean: Tensor, variance: Tensor, gamma: Tensor, beta: Tensor, epsilon: float
) -> Tensor:
    mean, variance, gamma, beta = (v.view(1, -1, 1, 1) for v in (mean, variance, gamma, beta))
    return (x - mean) * torch.rsqrt(variance + epsilon) * gamma + beta


def _upsample(x: Tensor, scale_factor_height: float, scale_factor_width: float) -> Tensor:
    rows, columns = int(scale_factor_height), int(scale_factor_width)
    assert (rows, columns) == (scale_factor_height, scale_factor_width)
    return x.repeat_interleave(rows, 2).repeat_interleave(columns, 3)


def affine_dequantize(
    quantized_data: Tensor, zero_point: Tensor | float, scale: Tensor | float, axis: int
) -> Tensor:
    """scale * (data - zero_point); both are single values or one for each index of an axis."""
    data = quantized_data.float()
    return _along(scale, axis, data) * (data - _along(zero_point, axis, data))


def lut_to_dense(indices: Tensor, lut: Tensor, shape: list[int]) -> Tensor:
    """Values of a lookup table at indices that are packed with the lowest bit first."""
    bits, count = len(lut).bit_length() - 1, int(np.prod(shape))
    unpacked = np.unpackbits(indices.numpy(), bitorder="little")[: count * bits]
    places = unpacked.reshape(count, bits) @ (1 << np.arange(bits))
    return lut[torch.from_numpy(places)].reshape(shape)


def _along(value: Tensor | float, axis: int, of: Tensor) -> Tensor:
    """A single value as a scalar, several shaped to broadcast along an axis."""
    value = torch.as_tensor(value).float()
    if value.numel() == 1:
        return value.reshape(())
    return value.reshape([-1 if place == axis % of.ndim else 1 for place in range(of.ndim)])


def _elementwise(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda x, y: function(torch.as_tensor(x), torch.as_tensor(y))


DEFINITIONS: dict[str, Callable[..., Tensor]] = {
    "conv": _conv,
    "pad": _pad,
    "instance_norm": _instance_norm,
    "batch_norm": _batch_norm,  # coremltools fuses scale and shift into it
    "upsample_nearest_neighbor": _upsample,
    "identity": lambda x: x,
    "cast": lambda x, dtype: x,  # what is stored in half precision is rounded by `run`
    "relu": lambda x: x.relu(),
    "tanh": lambda x: x.tanh(),
    "square": lambda x: x.square(),
    "sqrt": lambda x: x.sqrt(),
    "rsqrt": lambda x, epsilon=0.0: torch.rsqrt(x + epsilon),
    "inverse": lambda x, epsilon=0.0: (x + epsilon).reciprocal(),
    "clip": lambda x, alpha, beta: x.clamp(alpha, beta),
    "reduce_mean": lambda x, axes, keep_dims: x.mean(axes, keep_dims),
    "reduce_sum": lambda x, axes, keep_dims: x.sum(axes, keep_dims),
    "matmul": lambda x, y, transpose_x, transpose_y: (
        (x.mT if transpose_x else x) @ (y.mT if transpose_y else y)
    ),
    "linear": lambda x, weight, bias=None: F.linear(x, weight, bias),
    "expand_dims": lambda x, axes: x[(..., *[None] * len(axes))],  # at the end, as we write it
    "add": _elementwise(torch.add),
    "sub": _elementwise(torch.sub),
    "mul": _elementwise(torch.mul),
    "real_div": _elementwise(torch.div),
    "maximum": _elementwise(torch.maximum),
    "minimum": _elementwise(torch.minimum),
    "constexpr_affine_dequantize": affine_dequantize,
    "constexpr_lut_to_dense": lut_to_dense,
}
