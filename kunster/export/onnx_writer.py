"""ONNX nodes and constants, collected one by one, and the model made of them; needs no torch."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike

if TYPE_CHECKING:
    import onnx
    from torch import Tensor

OPSET = 17  # the oldest with all operations needed: phones and browsers lag behind
FLOAT = np.dtype(np.float32)
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

    def constant(self, name: str, value: "Tensor | np.ndarray | float") -> str:
        from onnx import numpy_helper

        if not isinstance(value, np.ndarray | float | int):
            value = value.detach().numpy()
        array = np.asarray(value, None if isinstance(value, np.ndarray) else np.float32)
        self.constants[name] = numpy_helper.from_array(array, name)
        return name

    def operand(self, value: str | float) -> str:
        """The name of a number's constant; names are returned as they are."""
        return value if isinstance(value, str) else self.constant(f"number_{value:g}", value)

    def padded(self, features: str, mode: str, top: int, left: int, bottom: int, right: int) -> str:
        """Adds a padding in one of ONNX's modes, `reflect` or `edge`."""
        margins = np.array([0, 0, top, left, 0, 0, bottom, right])
        name = self.constant(f"margins_{top}_{left}_{bottom}_{right}", margins)
        return self.add("Pad", features, name, mode=mode)

    def normalized(self, features: str, scale: str, shift: str, epsilon: float) -> str:
        """Adds an instance norm as plain operations; `scale` and `shift` are (1, C, 1, 1)."""
        centred = self.add("Sub", features, self.mean(features))
        variance = self.mean(self.add("Mul", centred, centred))
        deviation = self.add("Sqrt", self.add("Add", variance, self.operand(epsilon)))
        scaled = self.add("Mul", centred, self.add("Div", scale, deviation))
        return self.add("Add", scaled, shift)

    def mean(self, features: str) -> str:
        """Adds the mean over the pixels of (B, C, H, W): (B, C, 1, 1)."""
        # the mean of the rows' means: one sum over 153,600 values loses four digits in float32
        rows = self.add("ReduceMean", features, axes=[3], keepdims=1)
        return self.add("ReduceMean", rows, axes=[2], keepdims=1)


def make_model(
    graph: GraphWriter,
    names: tuple[str, str],
    shape: Sequence[int | str],
    dtype: DTypeLike = np.float32,
    values: str = "",
    others: Mapping[str, Sequence[int]] = MappingProxyType({}),
    **described: str,
) -> "onnx.ModelProto":
    """The graph as a model of one function.

    Args:
        names: of its input and output, which have the same shape and type.
        shape: numbers, and names of sides that may have any length.
        values: what input and output hold, in words.
        others: further inputs, float32, by name.
        described: fields of the model: `producer_version`, `doc_string`.
    """
    from onnx import helper

    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    ends = [helper.make_tensor_value_info(name, kind, shape, values) for name in names]
    inputs = [ends[0]] + [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(FLOAT), sides)
        for name, sides in others.items()
    ]
    constants = list(graph.constants.values())
    return helper.make_model(
        helper.make_graph(graph.nodes, "stylizer", inputs, ends[1:], constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="kunster",
        **described,
    )
