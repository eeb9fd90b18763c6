"""A network's operations as ONNX nodes, one by one.

torch's own exporters take seconds, print, and either pad through ten shape operations or are
deprecated. The networks have a dozen kinds of operation, so their graph is walked and each one
written as the ONNX operation it is.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike
from torch import Tensor, nn

from kunster.export.walk import Modules, walk

if TYPE_CHECKING:
    import onnx

OPSET = 17  # the oldest with all operations needed: phones and browsers lag behind
IR_VERSION = 8  # the one that came with opset 17


class GraphWriter:
    """Collects ONNX nodes and constants; every method returns the name of what it added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def add(self, operation: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        from onnx import helper

        name = output or f"{operation.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, inputs, [name], name=name, **attributes))
        return name

    def constant(self, name: str, value: Tensor | np.ndarray | float) -> str:
        from onnx import numpy_helper

        if isinstance(value, Tensor):
            value = value.detach().numpy()
        array = np.asarray(value, None if isinstance(value, np.ndarray) else np.float32)
        self.constants[name] = numpy_helper.from_array(array, name)
        return name

    def operand(self, value: str | float) -> str:
        """The name of a number's constant; names are returned as they are."""
        return value if isinstance(value, str) else self.constant(f"number_{value:g}", value)


def write_network(
    graph: GraphWriter, network: nn.Module, frames: str, modules: Modules | None = None
) -> str:
    """Adds all operations of a network to the graph and returns the name of its output.

    Args:
        frames: name of its input.
        modules: writers to use instead of those in `MODULES`.

    Raises:
        LookupError: an operation that is not known here.
    """
    return walk(graph, network, frames, MODULES | dict(modules or {}), FUNCTIONS)


def make_model(
    graph: GraphWriter,
    names: tuple[str, str],
    shape: Sequence[int | str],
    dtype: DTypeLike = np.float32,
    values: str = "",
    **described: str,
) -> "onnx.ModelProto":
    """The graph as a model of one function.

    Args:
        names: of its input and output, which have the same shape and type.
        shape: numbers, and names of sides that may have any length.
        values: what input and output hold, in words.
        described: fields of the model: `producer_version`, `doc_string`.
    """
    from onnx import helper

    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    ends = [helper.make_tensor_value_info(name, kind, shape, values) for name in names]
    constants = list(graph.constants.values())
    return helper.make_model(
        helper.make_graph(graph.nodes, "stylizer", ends[:1], ends[1:], constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="kunster",
        **described,
    )


def _conv(graph: GraphWriter, name: str, conv: nn.Conv2d, features: str) -> str:
    assert isinstance(conv.padding, tuple)
    if any(conv.padding):
        assert conv.padding_mode == "reflect"
        features = _padded(graph, features, "reflect", *conv.padding, *conv.padding)
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
        return _padded(graph, features, mode, top, left, bottom, right)

    return pad


def _padded(
    graph: GraphWriter, features: str, mode: str, top: int, left: int, bottom: int, right: int
) -> str:
    margins = np.array([0, 0, top, left, 0, 0, bottom, right])
    name = graph.constant(f"margins_{top}_{left}_{bottom}_{right}", margins)
    return graph.add("Pad", features, name, mode=mode)


def _instance_norm(graph: GraphWriter, name: str, norm: nn.InstanceNorm2d, features: str) -> str:
    """Plain operations: onnxruntime's own InstanceNormalization is off by 5e-4 at 480x320."""
    scale = graph.constant(f"{name}.weight", norm.weight.view(1, -1, 1, 1))
    shift = graph.constant(f"{name}.bias", norm.bias.view(1, -1, 1, 1))
    centred = graph.add("Sub", features, _mean(graph, features))
    variance = _mean(graph, graph.add("Mul", centred, centred))
    deviation = graph.add("Sqrt", graph.add("Add", variance, graph.operand(norm.eps)))
    scaled = graph.add("Mul", centred, graph.add("Div", scale, deviation))
    return graph.add("Add", scaled, shift)


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
    # the mean of the rows' means: one sum over 153,600 values loses four digits in float32
    rows = graph.add("ReduceMean", features, axes=[3], keepdims=1)
    return graph.add("ReduceMean", rows, axes=[2], keepdims=1)


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
