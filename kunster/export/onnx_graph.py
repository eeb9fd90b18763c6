"""A network's operations as ONNX nodes, one by one.

torch's own exporters take seconds, print, and either pad through ten shape operations or are
deprecated. The networks have a dozen kinds of operation, so their graph is walked and each one
written as the ONNX operation it is.
"""

from collections.abc import Callable

import numpy as np
from torch import nn

from kunster.export.onnx_writer import GraphWriter
from kunster.export.walk import walk
from kunster.networks.layers import StyledNorm

SHARES = "style_shares"  # (1, S), adding up to 1, where the network is one of several styles


def write_network(graph: GraphWriter, network: nn.Module, frames: str) -> str:
    """Adds all operations of a network to the graph and returns the name of its output.

    Args:
        frames: name of its input.

    Raises:
        LookupError: an operation that is not known here.
    """
    return walk(graph, network, frames, MODULES, FUNCTIONS)


def _conv(graph: GraphWriter, name: str, conv: nn.Conv2d, features: str) -> str:
    assert isinstance(conv.padding, tuple)
    if any(conv.padding):
        assert conv.padding_mode == "reflect"
        features = graph.padded(features, "reflect", *conv.padding, *conv.padding)
    inputs = [features, *_parameters(graph, name, conv)]
    return graph.add(
        "Conv",
        *inputs,
        kernel_shape=conv.kernel_size,
        strides=conv.stride,
        dilations=conv.dilation,
    )


def _conv_transpose(graph: GraphWriter, name: str, conv: nn.ConvTranspose2d, features: str) -> str:
    assert isinstance(conv.padding, tuple)
    return graph.add(
        "ConvTranspose",
        *(features, *_parameters(graph, name, conv)),
        kernel_shape=conv.kernel_size,
        strides=conv.stride,
        pads=[*conv.padding, *conv.padding],
    )


def _parameters(graph: GraphWriter, name: str, conv: nn.Conv2d | nn.ConvTranspose2d) -> list[str]:
    """Adds its weight and, if it has one, its bias; returns their names."""
    parameters = {"weight": conv.weight, "bias": conv.bias}
    return [
        graph.constant(f"{name}.{kind}", value)
        for kind, value in parameters.items()
        if value is not None
    ]


def _padding(mode: str) -> Callable[..., str]:
    """Writer of a padding layer in one of ONNX's modes."""

    def pad(
        graph: GraphWriter,
        name: str,
        module: nn.ReflectionPad2d | nn.ReplicationPad2d,
        features: str,
    ) -> str:
        left, right, top, bottom = module.padding  # ONNX takes top, left, bottom, right
        return graph.padded(features, mode, top, left, bottom, right)

    return pad


def _instance_norm(graph: GraphWriter, name: str, norm: nn.InstanceNorm2d, features: str) -> str:
    """Plain operations: onnxruntime's own InstanceNormalization is off by 5e-4 at 480x320."""
    scale = graph.constant(f"{name}.weight", norm.weight.view(1, -1, 1, 1))
    shift = graph.constant(f"{name}.bias", norm.bias.view(1, -1, 1, 1))
    return graph.normalized(features, scale, shift, norm.eps)


def _styled_norm(graph: GraphWriter, name: str, norm: StyledNorm, features: str) -> str:
    """Instance norm whose scale and shift are means over the styles, by their `SHARES`."""
    scale, shift = (
        graph.add("Unsqueeze", graph.add("MatMul", SHARES, graph.constant(each, value)), axes)
        for axes in [graph.constant("pixels", np.array([2, 3]))]
        for each, value in ((f"{name}.weight", norm.weight), (f"{name}.bias", norm.bias))
    )
    return graph.normalized(features, scale, shift, norm.eps)


def _pixel_shuffle(graph: GraphWriter, name: str, module: nn.PixelShuffle, features: str) -> str:
    return graph.add("DepthToSpace", features, blocksize=module.upscale_factor, mode="CRD")


def _interpolate(
    graph: GraphWriter, features: str, scale_factor: float, mode: str, **unused: None
) -> str:
    assert mode == "nearest"
    assert not any(unused.values())
    scales = graph.constant("doubling", np.array([1, 1, scale_factor, scale_factor], np.float32))
    return graph.add(
        "Resize",
        *(features, "", scales),
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )


def _mean(
    graph: GraphWriter, features: str, dim: tuple[int, int] = (2, 3), keepdim: bool = True
) -> str:
    assert dim == (2, 3)
    assert keepdim
    return graph.mean(features)


def _rsqrt(graph: GraphWriter, features: str) -> str:
    return graph.add("Reciprocal", graph.add("Sqrt", features))


def _square(graph: GraphWriter, features: str) -> str:
    return graph.add("Mul", features, features)


def _plain(operation: str) -> Callable[..., str]:
    """Writer of an operation without attributes that is the same in torch and ONNX."""
    return lambda graph, *operands: graph.add(operation, *map(graph.operand, operands))


MODULES: dict[type[nn.Module], Callable[..., str]] = {
    nn.Conv2d: _conv,
    nn.ConvTranspose2d: _conv_transpose,
    nn.InstanceNorm2d: _instance_norm,
    StyledNorm: _styled_norm,
    nn.PixelShuffle: _pixel_shuffle,
    nn.ReflectionPad2d: _padding("reflect"),
    nn.ReplicationPad2d: _padding("edge"),
    nn.ReLU: lambda graph, name, module, features: graph.add("Relu", features),
}
FUNCTIONS: dict[str, Callable[..., str]] = {
    "add": _plain("Add"),
    "sub": _plain("Sub"),
    "mul": _plain("Mul"),
    "truediv": _plain("Div"),
    "maximum": _plain("Max"),
    "clamp": _plain("Clip"),
    "round": _plain("Round"),
    "tanh": _plain("Tanh"),
    "square": _square,
    "rsqrt": _rsqrt,
    "mean": _mean,
    "interpolate": _interpolate,
}
