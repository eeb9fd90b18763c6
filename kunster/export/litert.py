"""The network as a LiteRT file for Android: an image's bytes in, an image's bytes out."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kunster.errors import UserError
from kunster.export.coreml import DEFAULT_SIZE, check_size, quiet
from kunster.export.litert_file import silent
from kunster.export.litert_graph import add_shares, write_network
from kunster.export.litert_writer import GraphWriter
from kunster.export.onnx_file import INPUT, OUTPUT, WEIGHTS
from kunster.files.replacing import replacing
from kunster.networks.description import Description
from kunster.networks.model_file import plain_copy
from kunster.networks.rewriting import rewritten
from kunster.networks.stylizer import Stylizer

HALF_WHOLE, SMALLEST_STEP = 2048, 2.0**-24  # of half precision
BITS, INT8_WHOLE = 8, 127
DOUBLING = r"decoder\.[01]\..*"  # the convolutions that double, see `round_doubling`
ROUNDED_UP = 2  # steps, by which four roundings can enlarge a sum
Precision = Literal["fp32", "fp16", "int8"]


def export_litert(
    network: nn.Module,
    description: Description,
    path: Path,
    precision: Precision = "fp16",
    size: tuple[int, int] = DEFAULT_SIZE,
    credits: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Writes the network as a `.tflite` file.

    Input `image` and output `stylized` are uint8 (1, H, W, 3), RGB, as a bitmap holds them. A
    network of S styles takes `style_weights` as well, float32 (1, S), from 0 up, of which the
    proportions count.

    Args:
        precision: of the stored kernels. Processors compute in float32; with `int8` convolutions
            compute in 8 bits, with the range of their input found picture by picture.
        size: (height, width) in pixels, multiples of 4, that the file takes as it is. An app may
            resize its input to any other such size before it allocates.
        credits: further metadata.

    Raises:
        UserError: the network is not the one described, the size or the precision is not allowed,
            or the file cannot be written.
    """
    if precision not in get_args(Precision):
        raise UserError(f"precision={precision}: must be one of {', '.join(get_args(Precision))}")
    network = plain_copy(network, description)
    check_size(size)
    if precision != "fp32":
        round_doubling(network, HALF_WHOLE if precision == "fp16" else INT8_WHOLE)
    metadata = {**description.to_metadata(), **credits}
    content = _file(network, metadata, size, half=precision == "fp16")
    with replacing(Path(path)) as part:
        part.write_bytes(_in_int8(content) if precision == "int8" else content)


def _file(
    network: Stylizer, metadata: Mapping[str, str], size: tuple[int, int], half: bool
) -> bytes:
    """The file's content; changes the network."""
    graph, shape = GraphWriter(half), (1, *size, 3)
    frames = graph.add("DEQUANTIZE", graph.picture(INPUT, shape), shape=shape)
    inputs = [INPUT]
    if network.shape.styles:
        inputs.append(graph.numbers(WEIGHTS, (1, network.shape.styles)))
        add_shares(graph, WEIGHTS)
    pixels = write_network(graph, rewritten(network, transposed=False), frames)
    graph.picture(OUTPUT, shape)
    # rounds, and clamps at the ends of a byte
    graph.add("QUANTIZE", pixels, shape=shape, output=OUTPUT)
    title = f"A picture in the style {metadata['style']}; height and width multiples of 4."
    return graph.file(inputs, OUTPUT, title, metadata)


def _in_int8(content: bytes) -> bytes:
    """A float32 file with the kernels of its convolutions in 8 bits, a scale for each output."""
    from ai_edge_quantizer.qtyping import TFLOperationName
    from ai_edge_quantizer.quantizer import Quantizer
    from ai_edge_quantizer.recipe_manager import RecipeManager

    kind, recipes = TFLOperationName.CONV_2D, RecipeManager()
    recipes.add_dynamic_config(".*", kind, BITS)
    # kernels that are whole multiples of a step already
    recovery = "dequantized_weight_recovery"
    recipes.add_dynamic_config(DOUBLING, kind, BITS, algorithm_key=recovery)
    with TemporaryDirectory() as folder, quiet(), silent():
        whole = Path(folder) / "float.tflite"
        whole.write_bytes(content)
        quantizer = Quantizer(str(whole))
        quantizer.load_quantization_recipe(recipes.get_quantization_recipe())
        return bytes(quantizer.quantize().quantized_model)


def round_doubling(network: Stylizer, whole: int) -> None:
    """Rounds the kernels of the doubling convolutions so that sums of their weights are exact.

    The four pixels that one becomes are computed by different sums. Were these rounded each by
    itself, a flat picture would get a pattern, which the norm after it blows up.

    Args:
        whole: the largest whole number that is exact in the type in which sums are stored.
    """
    for block in list(network.decoder)[:-1]:
        convolution = block.get_submodule("0")
        assert isinstance(convolution, nn.Conv2d)
        convolution.weight.copy_(summable(convolution.weight, whole))


def summable(weight: Tensor, whole: int) -> Tensor:
    """Kernels (out, in, rows, columns) rounded to multiples of a power of two, one for each output.

    Sums of 2x2 neighbours are at most `whole` of these multiples.
    """
    largest = 4 * F.avg_pool2d(weight.abs(), 2, stride=1).amax((1, 2, 3), keepdim=True)
    step = torch.exp2((largest / (whole - ROUNDED_UP)).clamp_min(SMALLEST_STEP).log2().ceil())
    return (weight / step).round() * step
