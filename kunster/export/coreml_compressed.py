"""Core ML packages whose weights, or activations too, have fewer bits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import nn

from kunster.export.coreml import DEFAULT_SIZE, Sizes, convert, quiet, write_package
from kunster.export.mil_package import Operation, read_package
from kunster.export.mil_reference import evaluate
from kunster.export.parity import Image
from kunster.images import middle
from kunster.networks.description import Description
from kunster.networks.model_file import plain_copy

if TYPE_CHECKING:
    from coremltools import PassPipeline
    from coremltools.models import MLModel

PALETTE = 64  # values for each kernel: 6 bits a weight
# elements; leaves the first and the last kernel of the narrowest networks as they are
SMALLEST_KERNEL = 128


@dataclass(frozen=True)
class Compression:
    """A way to store a package in fewer bits.

    Attributes:
        system: the oldest iOS that reads it.
        compress: the weights of a converted model.
        activations: quantise those as well, calibrated on photos.
    """

    system: str
    compress: Callable[["MLModel"], "MLModel"]
    activations: bool = False


def export_compressed(
    network: nn.Module,
    description: Description,
    path: Path,
    compression: Compression,
    photos: Sequence[Image],
    sizes: Sizes = "enumerated",
) -> None:
    """Writes what `export_coreml` writes, in fewer bits.

    Args:
        photos: uint8 (H, W, 3) RGB of any size, to calibrate activations on.

    Raises:
        UserError: as `export_coreml`.
    """
    network, system = plain_copy(network, description), compression.system
    pipeline = None
    if compression.activations:
        pipeline = _quantising_activations(network, system, photos)
    with quiet():
        model = compression.compress(convert(network, sizes, DEFAULT_SIZE, system, pipeline))
    write_package(model, description, path)


def eight_bit_weights(model: "MLModel") -> "MLModel":
    """Whole numbers from -127 to 127, and a scale for each output channel."""
    import coremltools.optimize.coreml as cto

    kind = cto.OpLinearQuantizerConfig(mode="linear_symmetric", weight_threshold=SMALLEST_KERNEL)
    return cto.linear_quantize_weights(model, cto.OptimizationConfig(global_config=kind))


def palette_weights(model: "MLModel") -> "MLModel":
    """For each kernel a palette of values, and a place in it for each weight."""
    import coremltools.optimize.coreml as cto

    # coremltools' own k-means wants scikit-learn
    kind = cto.OpPalettizerConfig(
        mode="custom", lut_function=palette, weight_threshold=SMALLEST_KERNEL
    )
    return cto.palettize_weights(model, cto.OptimizationConfig(global_config=kind))


def palette(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The values nearest to all weights (k-means), and which of them each weight becomes."""
    from scipy.cluster.vq import kmeans2

    values = weights.reshape(-1, 1).astype(np.float32)
    start = np.quantile(values, (np.arange(PALETTE) + 0.5) / PALETTE)[:, None]
    centres, places = kmeans2(values, start, minit="matrix", missing="warn")
    return centres[:, 0].astype(weights.dtype), places.astype(np.uint8)


COMPRESSIONS = {
    "int8": Compression("iOS16", eight_bit_weights),
    "palette": Compression("iOS16", palette_weights),
    "int8-activations": Compression("iOS17", eight_bit_weights, activations=True),
}


def activation_ranges(
    network: nn.Module, system: str, photos: Sequence[Image]
) -> dict[str, dict[str, float]]:
    """Smallest and largest value of each result of the converted network over all photos.

    coremltools measures them by `predict`, which needs macOS; here the package is evaluated
    operation by operation.

    Returns:
        By name of the result, as coremltools' passes take them: `rmin` and `rmax`.
    """
    ranges: dict[str, dict[str, float]] = {}

    def keep(operation: Operation, result: Any) -> None:
        known = ranges.setdefault(operation.outputs[0], {"rmin": 0.0, "rmax": 0.0})
        known["rmin"] = min(known["rmin"], float(result.min()))
        known["rmax"] = max(known["rmax"], float(result.max()))

    with TemporaryDirectory() as folder, quiet():
        path = Path(folder, "float.mlpackage")
        convert(network, "fixed", DEFAULT_SIZE, system).save(str(path))
        package = read_package(path)
    for photo in photos:
        evaluate(package, middle(photo, *DEFAULT_SIZE), observe=keep)
    return ranges


def _quantising_activations(
    network: nn.Module, system: str, photos: Sequence[Image]
) -> "PassPipeline":
    """coremltools' own passes, with ranges measured here."""
    import coremltools as ct
    import coremltools.optimize.coreml as cto

    kind = cto.OpLinearQuantizerConfig(mode="linear_symmetric")
    options = {
        "config": cto.OptimizationConfig(global_config=kind),
        "activation_stats": activation_ranges(network, system, photos),
    }
    pipeline = ct.PassPipeline.DEFAULT
    for end in ("prefix", "suffix"):
        name = f"compression::insert_{end}_quantize_dequantize_pair"
        pipeline.append_pass(name)
        pipeline.set_options(name, options)
    pipeline.append_pass("common::dequantize_quantize_pair_elimination")
    return pipeline
