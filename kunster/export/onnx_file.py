"""ONNX files: written, opened as a function, and read back as a network."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from kunster.export.onnx_graph import SHARES, write_network
from kunster.export.onnx_writer import GraphWriter, make_model
from kunster.export.parity import Image, Opened
from kunster.files.replacing import replacing
from kunster.machine.quiet import quiet_onnxruntime
from kunster.networks.description import Description
from kunster.networks.model_file import as_stylizer, plain_copy
from kunster.networks.onnx_weights import read_onnx
from kunster.networks.stylizer import Stylizer
from kunster.pictures.images import as_image

if TYPE_CHECKING:
    import onnx

INPUT, OUTPUT = "image", "stylized"
WEIGHTS = "style_weights"


def export_onnx(
    network: nn.Module,
    description: Description,
    path: Path,
    credits: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Writes the network as ONNX.

    Input `image`, float32 (1, 3, H, W), RGB in [0, 1], H and W any multiples of 4; output
    `stylized`, same shape, clamped to [0, 1]. A network of S styles takes `style_weights` as well,
    float32 (1, S), from 0 up, of which the proportions count. The metadata are the description
    and the credits.

    Raises:
        UserError: the network is not the one described, or the file cannot be written.
    """
    import onnx

    model = _model(plain_copy(network, description), description)
    for name, text in credits.items():
        model.metadata_props.add(key=name, value=text)
    onnx.checker.check_model(model, full_check=True)
    with replacing(Path(path)) as part:
        part.write_bytes(model.SerializeToString())


def open_onnx(path: Path, weights: Sequence[float] | None = None) -> Opened:
    """An ONNX file as a function, run by onnxruntime on the CPU.

    Args:
        weights: of the styles, where it has several.
    """
    import onnx

    onnxruntime = quiet_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only
    # its idle threads would spin on the cores that torch computes on
    options.intra_op_num_threads = torch.get_num_threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    of_styles = {} if weights is None else {WEIGHTS: np.array([weights], np.float32)}

    def stylize(image: Image) -> np.ndarray:
        inputs = {INPUT: as_image(image).numpy(), **of_styles}
        stylized: np.ndarray = session.run(None, inputs)[0]
        picture: np.ndarray = stylized[0].transpose(1, 2, 0) * 255
        return picture

    operations = Counter(node.op_type for node in onnx.load(path).graph.node)
    return Opened(stylize, operations)


def load_onnx(path: Path) -> tuple[Stylizer, Description]:
    """The network whose weights are in a file of `export_onnx`, in eval mode on the CPU.

    Raises:
        UserError: missing, damaged, not ONNX, not ours, or changed since.
    """
    network, description = read_onnx(Path(path))
    return as_stylizer(network), description


def _model(network: nn.Module, description: Description) -> "onnx.ModelProto":
    graph = GraphWriter()
    others = add_weights(graph, description)
    stylized = write_network(graph, network, INPUT)
    bounds = graph.constant("lowest", 0.0), graph.constant("highest", 1.0)
    graph.add("Clip", stylized, *bounds, output=OUTPUT)
    words = f"A picture in the style {description.style}; height and width multiples of 4."
    return described_model(graph, description, (INPUT, OUTPUT), "RGB in [0, 1]", words, others)


def add_weights(graph: GraphWriter, description: Description) -> dict[str, Sequence[int]]:
    """Normalises the input `style_weights` of a network of several styles; that input's shape."""
    if not description.styles:
        return {}
    axes = graph.constant("styles", np.array([1]))
    total = graph.add("ReduceSum", WEIGHTS, axes, keepdims=1)
    graph.add("Div", WEIGHTS, total, output=SHARES)
    return {WEIGHTS: (1, len(description.styles))}


def described_model(
    graph: GraphWriter,
    description: Description,
    names: tuple[str, str],
    values: str,
    words: str,
    others: Mapping[str, Sequence[int]] = MappingProxyType({}),
) -> "onnx.ModelProto":
    """The graph of a stylizer as a model that says what it is.

    Args:
        names: of the graph's input and output, pictures (1, 3, H, W).
        values: what these hold.
        words: about the model.
        others: further inputs, float32, by name.
    """
    from onnx import helper

    model = make_model(
        graph,
        names,
        (1, 3, "height", "width"),
        values=values,
        others=others,
        producer_version=description.version,
        doc_string=words,
    )
    helper.set_model_props(model, description.to_metadata())
    return model
