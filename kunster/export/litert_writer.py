"""A writer of LiteRT (TensorFlow Lite) files: tensors, operations and constants."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

if TYPE_CHECKING:
    from ai_edge_litert import schema_py_generated as schema

FILE_IDENTIFIER = b"TFL3"
SCHEMA_VERSION = 3
SIGNATURE = "serving_default"  # the name that runtimes look for first
BYTES = (1 / 255, 0)  # scale and zero point of a picture's bytes: 255 stands for 1
TYPES = {"float32": "FLOAT32", "float16": "FLOAT16", "int32": "INT32"}
Shape = tuple[int, ...]

# by operation: the oldest version with what is used here, and its table of options
KINDS: dict[str, tuple[int, str | None]] = {
    "ADD": (1, "AddOptions"),
    "CONCATENATION": (1, "ConcatenationOptions"),
    "CONV_2D": (1, "Conv2DOptions"),
    "DEPTH_TO_SPACE": (1, "DepthToSpaceOptions"),
    "DEQUANTIZE": (3, "DequantizeOptions"),  # 3: from half precision
    "DIV": (1, "DivOptions"),
    "FULLY_CONNECTED": (1, "FullyConnectedOptions"),
    "MAXIMUM": (1, "MaximumMinimumOptions"),
    "MEAN": (1, "ReducerOptions"),
    "MUL": (1, "MulOptions"),
    "QUANTIZE": (1, "QuantizeOptions"),
    "RELU": (1, None),
    "RSQRT": (1, None),
    "SQUARED_DIFFERENCE": (1, "SquaredDifferenceOptions"),
    "STRIDED_SLICE": (1, "StridedSliceOptions"),
    "SUB": (1, "SubOptions"),
    "SUM": (1, "ReducerOptions"),
    "TANH": (1, None),
}


class GraphWriter:
    """Collects tensors and operations; methods that add one return its name.

    Args:
        half: store kernels in half precision; they are widened when the file is loaded.
    """

    def __init__(self, half: bool = False) -> None:
        from ai_edge_litert import schema_py_generated as schema

        self.schema, self.half = schema, half
        self.shapes: dict[str, Shape] = {}  # of all tensors, in their order
        self.tensors: list[schema.TensorT] = []
        self.operators: list[schema.OperatorT] = []
        self.kinds: list[str] = []  # kinds of operation, in the order of their codes
        self.buffers = [schema.BufferT()]  # the first stays empty: for computed tensors

    def picture(self, name: str, shape: Shape) -> str:
        """An input or output tensor of bytes (1, H, W, 3)."""
        tensor = self._tensor(name, shape, "UINT8")
        tensor.quantization = self.schema.QuantizationParametersT()
        tensor.quantization.scale, tensor.quantization.zeroPoint = [BYTES[0]], [BYTES[1]]
        return name

    def numbers(self, name: str, shape: Shape) -> str:
        """A float32 input tensor."""
        self._tensor(name, shape, "FLOAT32")
        return name

    def constant(self, name: str, value: Tensor | np.ndarray | float) -> str:
        """A float32 or int32 constant; a tensor with one value a channel is flattened."""
        if name in self.shapes:
            return name
        if isinstance(value, Tensor):
            assert value.numel() == max(value.shape), "one value a channel"
            value = value.detach().flatten().numpy()
        array = np.asarray(value)
        return self._stored(name, array.astype(np.float32) if array.dtype.kind == "f" else array)

    def integers(self, values: Sequence[int]) -> str:
        """A constant list of integers: axes or positions."""
        return self.constant(f"integers_{'_'.join(map(str, values))}", np.array(values, np.int32))

    def kernel(self, name: str, weight: Tensor) -> str:
        """A kernel (out, rows, columns, in), in the precision that kernels are stored in."""
        array = np.ascontiguousarray(weight.detach().numpy(), np.float32)
        if not self.half:
            return self._stored(name, array)
        stored = self._stored(f"{name}.half", array.astype(np.float16))
        return self.add("DEQUANTIZE", stored, shape=array.shape, output=name)

    def operand(self, value: str | float) -> str:
        """The name of a number's constant; names are returned as they are."""
        if isinstance(value, str):
            return value
        return self.constant(f"number_{value:g}", np.array([value], np.float32))

    def add(self, kind: str, *inputs: str, shape: Shape, output: str = "", **options: Any) -> str:
        """Adds an operation whose result has this shape."""
        name = output or f"{kind.lower()}_{len(self.operators)}"
        if name not in self.shapes:
            self._tensor(name, shape, "FLOAT32")
        if kind not in self.kinds:
            self.kinds.append(kind)
        operator = self.schema.OperatorT()
        operator.opcodeIndex = self.kinds.index(kind)
        operator.inputs, operator.outputs = self._places(inputs), self._places([name])
        table = KINDS[kind][1]
        if table:
            operator.builtinOptionsType = getattr(self.schema.BuiltinOptions, table)
            operator.builtinOptions = getattr(self.schema, f"{table}T")()
            for option, value in options.items():
                setattr(operator.builtinOptions, option, value)
        self.operators.append(operator)
        return name

    def file(
        self,
        inputs: Sequence[str],
        stylized: str,
        description: str,
        metadata: Mapping[str, str],
    ) -> bytes:
        """The content of a file with one function from `inputs` to `stylized`."""
        import flatbuffers

        graph = self.schema.SubGraphT()
        graph.name, graph.tensors, graph.operators = SIGNATURE, self.tensors, self.operators
        graph.inputs, graph.outputs = self._places(inputs), self._places([stylized])
        model = self.schema.ModelT()
        model.version, model.description = SCHEMA_VERSION, description
        model.operatorCodes = [self._code(kind) for kind in self.kinds]
        model.subgraphs, model.buffers = [graph], self.buffers
        model.signatureDefs = [self._signature(inputs, stylized)]
        model.metadata = [self._entry(name, text) for name, text in metadata.items()]
        builder = flatbuffers.Builder()
        builder.Finish(model.Pack(builder), FILE_IDENTIFIER)
        return bytes(builder.Output())

    def _tensor(self, name: str, shape: Shape, kind: str, buffer: int = 0) -> "schema.TensorT":
        assert name not in self.shapes, name
        tensor = self.schema.TensorT()
        tensor.name, tensor.shape, tensor.buffer = name, list(shape), buffer
        tensor.type = getattr(self.schema.TensorType, kind)
        self.shapes[name] = shape
        self.tensors.append(tensor)
        return tensor

    def _stored(self, name: str, array: np.ndarray) -> str:
        self._tensor(name, array.shape, TYPES[str(array.dtype)], self._buffer(array.tobytes()))
        return name

    def _buffer(self, content: bytes) -> int:
        buffer = self.schema.BufferT()
        buffer.data = np.frombuffer(content, np.uint8)
        self.buffers.append(buffer)
        return len(self.buffers) - 1

    def _places(self, names: Sequence[str]) -> list[int]:
        order = list(self.shapes)
        return [order.index(name) for name in names]

    def _code(self, kind: str) -> "schema.OperatorCodeT":
        code = self.schema.OperatorCodeT()
        code.builtinCode = getattr(self.schema.BuiltinOperator, kind)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)  # where old runtimes look
        code.version = KINDS[kind][0]
        return code

    def _signature(self, inputs: Sequence[str], stylized: str) -> "schema.SignatureDefT":
        signature = self.schema.SignatureDefT()
        signature.signatureKey, signature.subgraphIndex = SIGNATURE, 0
        signature.inputs = [self._entry_of(name) for name in inputs]
        signature.outputs = [self._entry_of(stylized)]
        return signature

    def _entry_of(self, name: str) -> "schema.TensorMapT":
        entry = self.schema.TensorMapT()
        entry.name, entry.tensorIndex = name, self._places([name])[0]
        return entry

    def _entry(self, name: str, text: str) -> "schema.MetadataT":
        entry = self.schema.MetadataT()
        entry.name, entry.buffer = name, self._buffer(text.encode())
        return entry
