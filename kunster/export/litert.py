"""The network as a LiteRT file for Android: an image's bytes in, an image's bytes out."""

from pathlib import Path
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kunster.errors import UserError
from kunster.export.coreml import DEFAULT_SIZE, check_size
from kunster.export.litert_graph import write_network
from kunster.export.litert_writer import GraphWriter
from kunster.export.onnx_file import INPUT, OUTPUT
from kunster.files.replacing import replacing
from kunster.networks.description import Description
from kunster.networks.model_file import plain_copy
from kunster.networks.rewriting import rewritten
from kunster.networks.stylizer import Stylizer

HALF_WHOLE, SMALLEST_STEP = 2048, 2.0**-24  # of half precision
ROUNDED_UP = 2  # steps, by which four roundings can enlarge a sum
Precision = Literal["fp32", "fp16"]


def export_litert(
    network: nn.Module,
    description: Description,
    path: Path,
    precision: Precision = "fp16",
    size: tuple[int, int] = DEFAULT_SIZE,
) -> None:
    """Writes the network as a `.tflite` file.

    Input `image` and output `stylized` are uint8 (1, H, W, 3), RGB, as a bitmap holds them.

    Args:
        precision: of the stored kernels; processors compute in float32 either way.
        size: (height, width) in pixels, multiples of 4, that the file takes as it is. An app may
            resize its input to any other such size before it allocates.

    Raises:
        UserError: the network is not the one described, the size or the precision is not allowed,
            or the file cannot be written.
    """
    if precision not in get_args(Precision):
        raise UserError(f"precision={precision}: must be {' or '.join(get_args(Precision))}")
    network = plain_copy(network, description)
    if precision == "fp16":
        round_doubling(network, HALF_WHOLE)
    write_litert(network, description, path, size, half=precision == "fp16")


def write_litert(
    network: Stylizer, description: Description, path: Path, size: tuple[int, int], half: bool
) -> None:
    """Writes a network, which is changed, as it is.

    Args:
        half: store kernels in half precision.

    Raises:
        UserError: the size is not allowed, or the file cannot be written.
    """
    check_size(size)
    graph, shape = GraphWriter(half), (1, *size, 3)
    frames = graph.add("DEQUANTIZE", graph.picture(INPUT, shape), shape=shape)
    pixels = write_network(graph, rewritten(network, transposed=False), frames)
    graph.picture(OUTPUT, shape)
    # rounds, and clamps at the ends of a byte
    graph.add("QUANTIZE", pixels, shape=shape, output=OUTPUT)
    title = f"A picture in the style {description.style}; height and width multiples of 4."
    with replacing(Path(path)) as part:
        part.write_bytes(graph.file(INPUT, OUTPUT, title, description.to_metadata()))


def round_doubling(network: Stylizer, whole: int) -> None:
    """Rounds the kernels that doubling adds up, so that their sums need no rounding.

    The four pixels that one becomes are computed by different sums. Were these rounded each by
    itself, a flat picture would get a pattern, which the norm after it blows up.

    Args:
        whole: up to it, whole numbers are exact in what the sums are stored as.
    """
    for block in list(network.decoder)[:-1]:
        convolution = block.get_submodule("0")
        assert isinstance(convolution, nn.Conv2d)
        convolution.weight.copy_(summable(convolution.weight, whole))


def summable(weight: Tensor, whole: int) -> Tensor:
    """(out, in, rows, columns) in whole multiples of a power of two, one for each output, such that
    sums of 2x2 neighbours are no more than `whole` of them."""
    largest = 4 * F.avg_pool2d(weight.abs(), 2, stride=1).amax((1, 2, 3), keepdim=True)
    step = torch.exp2((largest / (whole - ROUNDED_UP)).clamp_min(SMALLEST_STEP).log2().ceil())
    return (weight / step).round() * step
