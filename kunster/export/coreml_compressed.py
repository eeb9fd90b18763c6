"""Core ML packages whose weights, or activations too, have fewer bits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np
from torch import Tensor, nn

from kunster.export.coreml import DEFAULT_SIZE, Sizes, convert, quiet, write_package
from kunster.export.mil_package import Operation, read_package
from kunster.export.mil_reference import evaluate
from kunster.export.parity import Image
from kunster.networks.description import Description
from kunster.networks.model_file import plain_copy
from kunster.pictures.images import middle

if TYPE_CHECKING:
    from coremltools.models import MLModel

PALETTE = 64  # values for each kernel: 6 bits a weight
# elements; leaves the first and the last kernel of the narrowest networks as they are
SMALLEST_KERNEL = 128


@dataclass(frozen=True)
class Compression:
    """A way to store a package in fewer bits.

    Attributes:
        system: the oldest iOS that reads it.
        compress: a converted model; gets photos to calibrate on.
    """

    system: str
    compress: Callable[["MLModel", Sequence[Image]], "MLModel"]


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
    network = plain_copy(network, description)
    model = convert(network, sizes, DEFAULT_SIZE, compression.system)
    with quiet():
        model = compression.compress(model, photos)
    write_package(model, description, path)


def eight_bit_weights(model: "MLModel", photos: Sequence[Image] = ()) -> "MLModel":
    """Whole numbers from -127 to 127, and a scale for each output channel."""
    import coremltools.optimize.coreml as cto

    kind = cto.OpLinearQuantizerConfig(mode="linear_symmetric", weight_threshold=SMALLEST_KERNEL)
    return cto.linear_quantize_weights(model, cto.OptimizationConfig(global_config=kind))


def palette_weights(model: "MLModel", photos: Sequence[Image] = ()) -> "MLModel":
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


def eight_bits_throughout(model: "MLModel", photos: Sequence[Image]) -> "MLModel":
    """What convolutions and additions take and give in 8 bits as well, one scale for each.

    coremltools calibrates by `predict`, which needs macOS. Its one function that does is replaced
    by an evaluation operation by operation.
    """
    import coremltools.optimize.coreml as cto
    from coremltools.optimize.coreml import _post_training_quantization as inside

    ranges = activation_ranges(model, photos)
    kind = cto.OpLinearQuantizerConfig(mode="linear_symmetric")
    with patch.object(inside, "_get_activation_calibration_stats", lambda *given: ranges):
        quantised = cto.linear_quantize_activations(
            model, cto.OptimizationConfig(global_config=kind), sample_data=[]
        )
    return eight_bit_weights(quantised)


def activation_ranges(model: "MLModel", photos: Sequence[Image]) -> dict[str, dict[str, float]]:
    """Smallest and largest value of each result of a converted model over all photos.

    Returns:
        By name of the result: `rmin` and `rmax`, as coremltools calls them.
    """
    ranges: dict[str, dict[str, float]] = {}

    def keep(operation: Operation, result: Tensor) -> None:
        known = ranges.setdefault(operation.outputs[0], {"rmin": 0.0, "rmax": 0.0})
        known["rmin"] = min(known["rmin"], float(result.min()))
        known["rmax"] = max(known["rmax"], float(result.max()))

    with TemporaryDirectory() as folder:
        path = Path(folder, "float.mlpackage")
        model.save(str(path))
        package = read_package(path)
    for photo in photos:
        evaluate(package, middle(photo, *DEFAULT_SIZE), observe=keep)
    return ranges


COMPRESSIONS = {
    "int8": Compression("iOS16", eight_bit_weights),
    "palette": Compression("iOS16", palette_weights),
    "int8-activations": Compression("iOS17", eight_bits_throughout),
}
