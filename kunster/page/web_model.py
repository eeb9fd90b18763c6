"""A network as the ONNX file that browsers run fastest, a quarter or half the size.

Not the exported `model.onnx`, but the same function of bytes: RGB from 0 to 255 goes in and comes
out, so nothing is scaled in JavaScript, and its Uint8ClampedArray rounds and clamps. The doublings
are transposed convolutions, which onnxruntime's WebAssembly computes in two thirds of the time; the
other rewritings, which help wider processors, cost time there. Widths are multiples of four, with
filters of zeros: under WebGPU, onnxruntime-web 1.30 convolves 6 channels into 4 or 8 wrongly, and
multiples of four rightly (each convolution of the networks measured against WebAssembly; perhaps
microsoft/onnxruntime#29651).
"""

import gzip
from dataclasses import astuple, replace
from typing import TYPE_CHECKING

import numpy as np
from torch import nn

from kunster.export.onnx_file import add_weights, described_model
from kunster.export.onnx_graph import write_network
from kunster.export.onnx_writer import GraphWriter
from kunster.networks.description import Description
from kunster.networks.rewriting import BYTES, with_transposed
from kunster.networks.stylizer import Stylizer
from kunster.networks.value_range import folded

if TYPE_CHECKING:
    import onnx

INPUT, OUTPUT = "frame", "stylized"
MANY = 64  # values: smaller constants (biases, norms) stay as they are
FOUR = 4  # channels that a GPU computes at once


def web_model(network: Stylizer, description: Description) -> "onnx.ModelProto":
    """Input `frame` and output: float32 (1, 3, H, W), RGB in [0, 255], sides multiples of 4.

    The output `stylized` is neither rounded nor clamped. A network of S styles takes
    `style_weights` as well, see `kunster.export.onnx_file.export_onnx`. Weights are kept in half
    precision and widened when the file is opened; the computing is in single precision.
    """
    graph = GraphWriter()
    others = add_weights(graph, description)
    stylized = write_network(graph, _in_bytes(in_fours(network)), INPUT)
    graph.add("Identity", stylized, output=OUTPUT)
    _halve(graph)
    words = f"A picture in the style {description.style}, for the browser."
    return described_model(
        graph, description, (INPUT, OUTPUT), "RGB, about [0, 255]", words, others
    )


def packed(model: "onnx.ModelProto") -> bytes:
    """The file in gzip; always the same bytes."""
    return gzip.compress(model.SerializeToString(deterministic=True), mtime=0)


def in_fours(network: Stylizer) -> Stylizer:
    """The same function with widths that are multiples of four, filled up with zeros.

    A norm with scale and shift 0 leaves zeros zero, and so do ReLU, TLU and sums.
    """
    tensors = network.state_dict()
    shapes = [tensors[f"encoder.{block}.0.weight"].shape for block in range(3)]
    if not any(shape[0] % FOUR for shape in shapes):
        return network
    full, half, quarter = (shape[0] + -shape[0] % FOUR for shape in shapes)
    shape = replace(network.shape, widths=(full, half, quarter))
    wider = Stylizer(*astuple(shape)).requires_grad_(False)
    for name, tensor in wider.state_dict().items():
        old = tensors[name]
        tensor.zero_()[tuple(slice(side) for side in old.shape)] = old
    return wider.eval()


class _Bytes(nn.Module):
    """A network that ends in tanh, its output scaled to [0, 255]."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, frames):  # type: ignore[no-untyped-def]
        return self.network(frames) * 255.0


def _in_bytes(network: Stylizer) -> nn.Module:
    faster = with_transposed(folded(network, BYTES))
    return _Bytes(faster) if network.tanh else faster


def _halve(graph: GraphWriter) -> None:
    """Large constants in half precision, each with a node that widens it."""
    from onnx import TensorProto, helper, numpy_helper

    widened = []
    for name, constant in list(graph.constants.items()):
        values = numpy_helper.to_array(constant)
        if values.dtype != np.float32 or values.size <= MANY:
            continue
        half = f"{name}.half"
        graph.constants[half] = numpy_helper.from_array(values.astype(np.float16), half)
        del graph.constants[name]
        widened.append(helper.make_node("Cast", [half], [name], name=name, to=TensorProto.FLOAT))
    graph.nodes[:0] = widened
