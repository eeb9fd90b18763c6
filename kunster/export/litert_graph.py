"""A network's operations as LiteRT operations, on pictures with their channels last.

Converters translate torch's channels-first graph and put a transposition wherever they cannot
prove that none is needed. Here each operation is written in LiteRT's own order from the start.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kunster.export.litert_writer import GraphWriter, Shape
from kunster.export.walk import walk
from kunster.networks.layers import FilterResponseNorm, ThresholdedLinearUnit

Margins = tuple[int, int, int, int]  # left, right, top, bottom, as torch counts them


class DepthToSpace(nn.Module):
    """nn.PixelShuffle as LiteRT has it: its channels come pixel by pixel."""

    def __init__(self, block: int) -> None:
        super().__init__()
        self.block = block

    def forward(self, features: Tensor) -> Tensor:
        batch, channels, height, width = features.shape
        pixels = self.block**2
        by_channel = features.view(batch, pixels, channels // pixels, height, width).transpose(1, 2)
        return F.pixel_shuffle(by_channel.reshape(features.shape), self.block)


def write_network(graph: GraphWriter, network: nn.Module, frames: str) -> str:
    """Adds all operations of a network and returns the name of its output.

    Args:
        frames: name of its input, float32 (1, H, W, 3).

    Raises:
        LookupError: an operation that is not known here.
    """
    return walk(graph, network, frames, MODULES, FUNCTIONS)


def _conv(graph: GraphWriter, name: str, conv: nn.Conv2d, features: str) -> str:
    assert isinstance(conv.padding, tuple)
    if any(conv.padding):
        assert conv.padding_mode == "reflect"
        rows, columns = conv.padding
        features = _padded(graph, features, (columns, columns, rows, rows), "REFLECT")
    _, height, width, _ = graph.shapes[features]
    taps, stride = conv.kernel_size[0], conv.stride[0]
    side = lambda length: (length - taps) // stride + 1  # noqa: E731
    kernel = graph.kernel(f"{name}.weight", conv.weight.permute(0, 2, 3, 1))
    return graph.add(
        "CONV_2D",
        *(features, kernel, graph.constant(f"{name}.bias", bias_of(conv))),
        shape=(1, side(height), side(width), conv.out_channels),
        padding=graph.schema.Padding.VALID,
        strideH=stride,
        strideW=stride,
    )


def _conv_transpose(graph: GraphWriter, name: str, conv: nn.ConvTranspose2d, features: str) -> str:
    """LiteRT itself can cut away as much as makes the output `stride` times the input; the rest is
    cut away after it."""
    _, height, width, _ = graph.shapes[features]
    taps, stride, cut = conv.kernel_size[0], conv.stride[0], int(conv.padding[0])
    shape = (1, height * stride, width * stride, conv.out_channels)
    kernel = graph.kernel(f"{name}.weight", conv.weight.permute(1, 2, 3, 0))
    size = graph.constant(f"{name}.size", np.int32(shape))
    whole = graph.add(
        "TRANSPOSE_CONV",
        *(size, kernel, features, graph.constant(f"{name}.bias", bias_of(conv))),
        shape=shape,
        padding=graph.schema.Padding.SAME,
        strideH=stride,
        strideW=stride,
    )
    return _cut(graph, whole, cut - (taps - stride) // 2)


def bias_of(conv: nn.Conv2d | nn.ConvTranspose2d) -> Tensor:
    return torch.zeros(conv.out_channels) if conv.bias is None else conv.bias


def _cut(graph: GraphWriter, features: str, border: int) -> str:
    """Without the outermost `border` rows and columns."""
    batch, height, width, channels = graph.shapes[features]
    end = (batch, height - border, width - border, channels)
    return graph.add(
        "STRIDED_SLICE",
        features,
        graph.constant(f"from_{border}", np.int32([0, border, border, 0])),
        graph.constant(f"to_{end}", np.int32(end)),
        graph.constant("steps", np.int32([1, 1, 1, 1])),
        shape=(batch, height - 2 * border, width - 2 * border, channels),
    )


def _reflection(graph: GraphWriter, name: str, module: nn.ReflectionPad2d, features: str) -> str:
    return _padded(graph, features, module.padding, "REFLECT")


def _replication(graph: GraphWriter, name: str, module: nn.ReplicationPad2d, features: str) -> str:
    """LiteRT can mirror the edge itself too, which for one pixel is its repetition."""
    assert max(module.padding) == 1
    return _padded(graph, features, module.padding, "SYMMETRIC")


def _padded(graph: GraphWriter, features: str, margins: Margins, mode: str) -> str:
    left, right, top, bottom = margins
    batch, height, width, channels = graph.shapes[features]
    table = np.int32([[0, 0], [top, bottom], [left, right], [0, 0]])
    return graph.add(
        "MIRROR_PAD",
        features,
        graph.constant(f"margins_{left}_{right}_{top}_{bottom}", table),
        shape=(batch, top + height + bottom, left + width + right, channels),
        mode=getattr(graph.schema.MirrorPadMode, mode),
    )


def _instance_norm(graph: GraphWriter, name: str, norm: nn.InstanceNorm2d, features: str) -> str:
    mean = _mean(graph, features)
    shape = graph.shapes[features]
    variance = _mean(graph, graph.add("SQUARED_DIFFERENCE", features, mean, shape=shape))
    scale = _scale(graph, name, norm, variance)
    shift = SUB(graph, graph.constant(f"{name}.bias", norm.bias), MUL(graph, mean, scale))
    return ADD(graph, MUL(graph, features, scale), shift)


def _filter_response_norm(
    graph: GraphWriter, name: str, norm: FilterResponseNorm, features: str
) -> str:
    mean_square = _mean(graph, MUL(graph, features, features))
    scaled = MUL(graph, features, _scale(graph, name, norm, mean_square))
    return ADD(graph, scaled, graph.constant(f"{name}.bias", norm.bias))


def _scale(
    graph: GraphWriter, name: str, norm: nn.InstanceNorm2d | FilterResponseNorm, power: str
) -> str:
    """weight / sqrt(power + eps), one value a channel."""
    root = RSQRT(graph, ADD(graph, power, norm.eps))
    return MUL(graph, root, graph.constant(f"{name}.weight", norm.weight))


def _mean(graph: GraphWriter, features: str) -> str:
    """(1, 1, 1, C)."""
    return graph.add(
        "MEAN",
        features,
        graph.constant("rows_and_columns", np.int32([1, 2])),
        shape=(1, 1, 1, graph.shapes[features][-1]),
        keepDims=True,
    )


def _threshold(graph: GraphWriter, name: str, unit: ThresholdedLinearUnit, features: str) -> str:
    return MAXIMUM(graph, features, graph.constant(f"{name}.threshold", unit.threshold))


def _depth_to_space(graph: GraphWriter, name: str, module: DepthToSpace, features: str) -> str:
    batch, height, width, channels = graph.shapes[features]
    block = module.block
    return graph.add(
        "DEPTH_TO_SPACE",
        features,
        shape=(batch, height * block, width * block, channels // block**2),
        blockSize=block,
    )


def _unary(kind: str) -> Callable[..., str]:
    return lambda graph, features: graph.add(kind, features, shape=graph.shapes[features])


def _binary(kind: str) -> Callable[..., str]:
    """Of features and what is the same for every pixel, or of two of one shape."""

    def add(graph: GraphWriter, *operands: str | float) -> str:
        names = [graph.operand(each) for each in operands]
        shape: Shape = np.broadcast_shapes(*(graph.shapes[name] for name in names))
        return graph.add(kind, *names, shape=shape)

    return add


ADD, SUB, MUL, DIV, MAXIMUM = map(_binary, ("ADD", "SUB", "MUL", "DIV", "MAXIMUM"))
RELU, RSQRT, TANH = map(_unary, ("RELU", "RSQRT", "TANH"))

MODULES: dict[type[nn.Module], Callable[..., str]] = {
    nn.Conv2d: _conv,
    nn.ConvTranspose2d: _conv_transpose,
    nn.InstanceNorm2d: _instance_norm,
    nn.ReflectionPad2d: _reflection,
    nn.ReplicationPad2d: _replication,
    nn.ReLU: lambda graph, name, module, features: RELU(graph, features),
    DepthToSpace: _depth_to_space,
    FilterResponseNorm: _filter_response_norm,
    ThresholdedLinearUnit: _threshold,
}
FUNCTIONS: dict[str, Callable[..., str]] = {
    "add": ADD,
    "truediv": DIV,
    "tanh": TANH,
}
