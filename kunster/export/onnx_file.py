"""The network as an ONNX graph, written node by node.

torch's own exporters take seconds, print, and either pad through ten shape operations or are
deprecated. The network has a dozen kinds of operation, so its graph is walked and each one written
as the ONNX operation it is; the file is compared with the network afterwards (`parity`).
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor, fx, nn

from kunster.networks.description import Description
from kunster.networks.model_file import plain_copy
from kunster.replacing import replacing

if TYPE_CHECKING:
    import onnx

INPUT, OUTPUT = "image", "stylized"
OPSET = 17  # the oldest with all operations needed: phones and browsers lag behind
IR_VERSION = 8  # the one that came with opset 17


def export_onnx(network: nn.Module, description: Description, path: Path) -> None:
    """Writes the network as ONNX.

    Input `image`, float32 (1, 3, H, W), RGB in [0, 1], H and W any multiples of 4; output
    `stylized`, same shape, clamped to [0, 1]. The description is the file's metadata.

    Raises:
        UserError: the network is not the one described, or the file cannot be written.
    """
    import onnx

    model = _model(plain_copy(network, description), description)
    onnx.checker.check_model(model, full_check=True)
    with replacing(Path(path)) as part:
        part.write_bytes(model.SerializeToString())


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
        """A number becomes a constant, a name stays what it is."""
        return value if isinstance(value, str) else self.constant(f"number_{value:g}", value)


def _conv(graph: GraphWriter, name: str, conv: nn.Conv2d, features: str) -> str:
    assert conv.padding_mode == "reflect"
    assert isinstance(conv.padding, tuple)
    height, width = conv.padding
    margins = np.array([0, 0, height, width, 0, 0, height, width])
    padded = graph.add(
        "Pad", features, graph.constant(f"margins_{height}_{width}", margins), mode="reflect"
    )
    inputs = [padded, graph.constant(f"{name}.weight", conv.weight)]
    if conv.bias is not None:
        inputs.append(graph.constant(f"{name}.bias", conv.bias))
    return graph.add("Conv", *inputs, kernel_shape=conv.kernel_size, strides=conv.stride)


def _instance_norm(graph: GraphWriter, name: str, norm: nn.InstanceNorm2d, features: str) -> str:
    """From plain operations: onnxruntime's own InstanceNormalization strays by 5e-4 at 480x320."""
    scale = graph.constant(f"{name}.weight", norm.weight.view(1, -1, 1, 1))
    shift = graph.constant(f"{name}.bias", norm.bias.view(1, -1, 1, 1))
    centred = graph.add("Sub", features, _mean(graph, features))
    variance = _mean(graph, graph.add("Mul", centred, centred))
    deviation = graph.add("Sqrt", graph.add("Add", variance, graph.operand(norm.eps)))
    scaled = graph.add("Mul", centred, graph.add("Div", scale, deviation))
    return graph.add("Add", scaled, shift)


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
    """An operation that takes its operands alone, in torch as in ONNX."""
    return lambda graph, *operands: graph.add(operation, *map(graph.operand, operands))


MODULES: dict[type[nn.Module], Callable[..., str]] = {
    nn.Conv2d: _conv,
    nn.InstanceNorm2d: _instance_norm,
    nn.ReLU: lambda graph, name, module, features: graph.add("Relu", features),
}
FUNCTIONS: dict[str, Callable[..., str]] = {
    "add": _plain("Add"),
    "mul": _plain("Mul"),
    "truediv": _plain("Div"),
    "maximum": _plain("Max"),
    "tanh": _plain("Tanh"),
    "square": _square,
    "rsqrt": _rsqrt,
    "mean": _mean,
    "interpolate": _interpolate,
}


def _model(network: nn.Module, description: Description) -> "onnx.ModelProto":
    from onnx import TensorProto, helper

    graph = _graph(network)
    shape: list[str | int | None] = [1, 3, "height", "width"]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "stylizer",
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, shape, "RGB in [0, 1]")],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, shape, "RGB in [0, 1]")],
            list(graph.constants.values()),
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="kunster",
        producer_version=description.version,
        doc_string=f"A picture in the style {description.style}; height and width multiples of 4.",
    )
    helper.set_model_props(model, description.to_metadata())
    return model


def _graph(network: nn.Module) -> GraphWriter:
    graph, modules = GraphWriter(), dict(network.named_modules())
    names: dict[fx.Node, str] = {}
    for node in fx.symbolic_trace(network).graph.nodes:
        args = fx.map_arg(node.args, names.__getitem__)
        kwargs = fx.map_arg(node.kwargs, names.__getitem__)
        if node.op == "placeholder":
            names[node] = INPUT
        elif node.op == "get_attr":
            names[node] = graph.constant(node.target, _attribute(network, node.target))
        elif node.op == "call_module":
            module = modules[node.target]
            names[node] = _known(MODULES, type(module))(graph, node.target, module, *args)
        elif node.op == "output":
            bounds = graph.constant("lowest", 0.0), graph.constant("highest", 1.0)
            graph.add("Clip", args[0], *bounds, output=OUTPUT)
        else:
            verb = node.target if node.op == "call_method" else node.target.__name__
            names[node] = _known(FUNCTIONS, verb)(graph, *args, **kwargs)
    return graph


def _attribute(network: nn.Module, path: str) -> Tensor:
    owner, _, name = path.rpartition(".")
    return getattr(network.get_submodule(owner), name)


def _known(table: dict[Any, Callable[..., str]], key: Any) -> Callable[..., str]:
    if key not in table:
        raise LookupError(f"{key}: not among the operations that kunster.export.onnx_file writes")
    return table[key]
