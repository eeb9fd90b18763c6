"""A network's operations as LiteRT operations, on pictures with their channels last.

Converters translate torch's channels-first graph and put a transposition wherever they cannot
prove that none is needed. Here each operation is written in LiteRT's own order from the start.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kunster.export.litert_writer import GraphWriter
from kunster.export.onnx_graph import SHARES
from kunster.export.walk import walk
from kunster.networks.layers import FilterResponseNorm, StyledNorm, ThresholdedLinearUnit
from kunster.networks.stylizer import Stylizer

ROWS, COLUMNS = 1, 2  # axes of (1, H, W, C)
EVERYTHING = slice(None)
MOST_JOINED = 5  # by XNNPACK in one operation
Margins = tuple[int, int, int, int]  # left, right, top, bottom, as torch counts them


class DepthToSpace(nn.Module):
    """nn.PixelShuffle for channels ordered pixel by pixel, as LiteRT's DEPTH_TO_SPACE has them."""

    def __init__(self, block: int) -> None:
        super().__init__()
        self.block = block

    def forward(self, features: Tensor) -> Tensor:
        batch, channels, height, width = features.shape
        pixels = self.block**2
        by_channel = features.view(batch, pixels, channels // pixels, height, width).transpose(1, 2)
        return F.pixel_shuffle(by_channel.reshape(features.shape), self.block)


def with_depth_to_space(network: Stylizer) -> Stylizer:
    """The network itself, with the channels before each nn.PixelShuffle reordered."""
    convolution = None
    for name, module in list(network.named_modules()):
        if isinstance(module, nn.Conv2d):
            convolution = module
        elif isinstance(module, nn.PixelShuffle):
            assert convolution is not None
            order = torch.arange(convolution.out_channels).view(-1, module.upscale_factor**2)
            convolution.weight.data = convolution.weight[order.T.flatten()]
            convolution.bias = nn.Parameter(_bias(convolution)[order.T.flatten()])
            network.set_submodule(name, DepthToSpace(module.upscale_factor))
    return network


def write_network(graph: GraphWriter, network: Stylizer, frames: str) -> str:
    """Adds all operations of a network and returns the name of its output.

    Args:
        network: is changed.
        frames: name of its input, float32 (1, H, W, 3).

    Raises:
        LookupError: an operation that is not known here.
    """
    return walk(graph, with_depth_to_space(network), frames, MODULES, FUNCTIONS)


def _conv(graph: GraphWriter, name: str, conv: nn.Conv2d, features: str) -> str:
    assert isinstance(conv.padding, tuple)
    if any(conv.padding):
        assert conv.padding_mode == "reflect"
        rows, columns = conv.padding
        features = _padded(graph, features, (columns, columns, rows, rows), mirror=1)
    _, *sides, _ = graph.shapes[features]
    stride, dilation = conv.stride[0], conv.dilation[0]
    taps = dilation * (conv.kernel_size[0] - 1) + 1  # pixels that a kernel spans
    kernel = graph.kernel(f"{name}.weight", conv.weight.permute(0, 2, 3, 1))
    return graph.add(
        "CONV_2D",
        *(features, kernel, graph.constant(f"{name}.bias", _bias(conv))),
        shape=(1, *((side - taps) // stride + 1 for side in sides), conv.out_channels),
        output=name,
        padding=graph.schema.Padding.VALID,
        strideH=stride,
        strideW=stride,
        dilationHFactor=dilation,
        dilationWFactor=dilation,
    )


def _bias(conv: nn.Conv2d) -> Tensor:
    return torch.zeros(conv.out_channels) if conv.bias is None else conv.bias


def _reflection(graph: GraphWriter, name: str, module: nn.ReflectionPad2d, features: str) -> str:
    return _padded(graph, features, module.padding, mirror=1)


def _replication(graph: GraphWriter, name: str, module: nn.ReplicationPad2d, features: str) -> str:
    assert max(module.padding) == 1, "of one pixel, a mirror's image is its repetition"
    return _padded(graph, features, module.padding, mirror=0)


def _padded(graph: GraphWriter, features: str, margins: Margins, mirror: int) -> str:
    """Padding mirrored about the outermost pixels (1), or about the edge (0).

    Made of slices: LiteRT's MIRROR_PAD moves number by number, and its fast library for
    processors has none, so that it took more than half of a network's time.
    """
    left, right, top, bottom = margins
    rows = _joined(
        graph,
        *(_part(graph, features, rows=place) for place in _mirrored(top, bottom, mirror)),
        axis=ROWS,
    )
    return _joined(
        graph,
        *(_part(graph, rows, columns=place) for place in _mirrored(left, right, mirror)),
        axis=COLUMNS,
    )


def _mirrored(before: int, after: int, mirror: int) -> list[slice]:
    """Slices that make a padded axis: single pixels before, everything, single pixels after."""
    first = [slice(mirror + i, mirror + i + 1) for i in reversed(range(before))]
    last = [slice(-1 - mirror - i, -(mirror + i) or None) for i in range(after)]
    return [*first, EVERYTHING, *last]


def _cut(graph: GraphWriter, name: str, module: nn.ZeroPad2d, features: str) -> str:
    """Removes the outermost rows and columns: negative margins."""
    left, right, top, bottom = (-margin for margin in module.padding)
    assert min(left, right, top, bottom) >= 0
    rows, columns = slice(top, -bottom or None), slice(left, -right or None)
    return _part(graph, features, rows, columns)


def _part(
    graph: GraphWriter, features: str, rows: slice = EVERYTHING, columns: slice = EVERYTHING
) -> str:
    """Slice of rows and columns; ends are counted from the end, so that any size fits."""
    if rows == columns == EVERYTHING:
        return features
    batch, height, width, channels = graph.shapes[features]
    places = [EVERYTHING, rows, columns, EVERYTHING]
    begin = graph.integers([place.start or 0 for place in places])
    end = graph.integers([place.stop or 0 for place in places])
    sides = (len(range(*rows.indices(height))), len(range(*columns.indices(width))))
    return graph.add(
        "STRIDED_SLICE",
        *(features, begin, end, graph.integers([1, 1, 1, 1])),
        shape=(batch, *sides, channels),
        endMask=sum(1 << axis for axis, place in enumerate(places) if place.stop is None),
    )


def _joined(graph: GraphWriter, *parts: str, axis: int) -> str:
    """Concatenation, at most five parts at once: XNNPACK takes no more."""
    while len(parts) > 1:
        together = parts[:MOST_JOINED]
        shape = list(graph.shapes[together[0]])
        shape[axis] = sum(graph.shapes[part][axis] for part in together)
        whole = graph.add("CONCATENATION", *together, shape=tuple(shape), axis=axis)
        parts = (whole, *parts[MOST_JOINED:])
    return parts[0]


def add_shares(graph: GraphWriter, weights: str) -> None:
    """Normalises the weights (1, S) of the styles, an input, to their `SHARES`."""
    shape = graph.shapes[weights]
    total = graph.add("SUM", weights, graph.integers([1]), shape=(1, 1), keepDims=True)
    graph.add("DIV", weights, total, shape=shape, output=SHARES)


def _instance_norm(graph: GraphWriter, name: str, norm: nn.InstanceNorm2d, features: str) -> str:
    weight, bias = (
        graph.constant(f"{name}.{kind}", value)
        for kind, value in (("weight", norm.weight), ("bias", norm.bias))
    )
    return _normalized(graph, features, weight, bias, norm.eps)


def _styled_norm(graph: GraphWriter, name: str, norm: StyledNorm, features: str) -> str:
    """Instance norm whose scale and shift are means over the styles, by their `SHARES`."""
    weight, bias = (
        graph.add(
            "FULLY_CONNECTED",
            *(SHARES, graph.constant(f"{name}.{kind}", value.detach().T.numpy())),
            shape=(1, value.shape[1]),
        )
        for kind, value in (("weight", norm.weight), ("bias", norm.bias))
    )
    return _normalized(graph, features, weight, bias, norm.eps)


def _normalized(graph: GraphWriter, features: str, weight: str, bias: str, eps: float) -> str:
    """Instance norm with a scale and a shift for each channel."""
    mean = _mean(graph, features)
    variance = _mean(graph, SQUARED_DIFFERENCE(graph, features, mean))
    scale = MUL(graph, _inverse_root(graph, variance, eps), weight)
    shift = SUB(graph, bias, MUL(graph, mean, scale))
    return ADD(graph, MUL(graph, features, scale), shift)


def _filter_response_norm(
    graph: GraphWriter, name: str, norm: FilterResponseNorm, features: str
) -> str:
    mean_square = _mean(graph, MUL(graph, features, features))
    weight = graph.constant(f"{name}.weight", norm.weight)
    scale = MUL(graph, _inverse_root(graph, mean_square, norm.eps), weight)
    return ADD(graph, MUL(graph, features, scale), graph.constant(f"{name}.bias", norm.bias))


def _inverse_root(graph: GraphWriter, power: str, eps: float) -> str:
    """1 / sqrt(power + eps), one value a channel."""
    return RSQRT(graph, ADD(graph, power, eps))


def _mean(graph: GraphWriter, features: str) -> str:
    """(1, 1, 1, C), the mean of the rows' means: one sum of 153,600 values loses four digits."""
    _, height, _, channels = graph.shapes[features]
    for axis, shape in ((COLUMNS, (1, height, 1, channels)), (ROWS, (1, 1, 1, channels))):
        features = graph.add("MEAN", features, graph.integers([axis]), shape=shape, keepDims=True)
    return features


def _threshold(graph: GraphWriter, name: str, unit: ThresholdedLinearUnit, features: str) -> str:
    return MAXIMUM(graph, features, graph.constant(f"{name}.threshold", unit.threshold))


def _depth_to_space(graph: GraphWriter, name: str, module: DepthToSpace, features: str) -> str:
    batch, height, width, channels = graph.shapes[features]
    block = module.block
    shape = (batch, height * block, width * block, channels // block**2)
    return graph.add("DEPTH_TO_SPACE", features, shape=shape, blockSize=block)


def _plain(kind: str) -> Callable[..., str]:
    """Writer of an operation without options, with broadcasting."""

    def write(graph: GraphWriter, *operands: str | float) -> str:
        names = [graph.operand(each) for each in operands]
        shape = np.broadcast_shapes(*(graph.shapes[name] for name in names))
        return graph.add(kind, *names, shape=shape)

    return write


ADD, SUB, MUL, DIV = map(_plain, ("ADD", "SUB", "MUL", "DIV"))
SQUARED_DIFFERENCE, MAXIMUM = map(_plain, ("SQUARED_DIFFERENCE", "MAXIMUM"))
RELU, RSQRT, TANH = map(_plain, ("RELU", "RSQRT", "TANH"))

MODULES: dict[type[nn.Module], Callable[..., str]] = {
    nn.Conv2d: _conv,
    nn.InstanceNorm2d: _instance_norm,
    StyledNorm: _styled_norm,
    nn.ReflectionPad2d: _reflection,
    nn.ReplicationPad2d: _replication,
    nn.ReLU: lambda graph, name, module, features: RELU(graph, features),
    nn.ZeroPad2d: _cut,
    DepthToSpace: _depth_to_space,
    FilterResponseNorm: _filter_response_norm,
    ThresholdedLinearUnit: _threshold,
}
FUNCTIONS: dict[str, Callable[..., str]] = {"add": ADD, "truediv": DIV, "tanh": TANH}
