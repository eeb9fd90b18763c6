"""LiteRT files that compute with whole numbers of 8 bits."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from torch import nn

from kunster.export.coreml import DEFAULT_SIZE, quiet
from kunster.export.litert import round_doubling, write_litert
from kunster.export.litert_file import silent
from kunster.export.litert_writer import SIGNATURE
from kunster.export.onnx_file import INPUT
from kunster.export.parity import Image
from kunster.files.replacing import replacing
from kunster.networks.description import Description
from kunster.networks.model_file import plain_copy
from kunster.pictures.images import middle

if TYPE_CHECKING:
    from ai_edge_quantizer.quantizer import Quantizer

BITS, WHOLE = 8, 127
# The convolutions that double, whose kernels `round_doubling` has in whole multiples of a step
DOUBLING, AS_IT_IS = r"decoder\.[01]\..*", "dequantized_weight_recovery"
Recipe = list[dict[str, Any]]  # of ai-edge-quantizer: what is to be done to which operations


def export_int8(
    network: nn.Module,
    description: Description,
    path: Path,
    recipe: Callable[[], Recipe],
    photos: Sequence[Image],
    size: tuple[int, int] = DEFAULT_SIZE,
) -> None:
    """Writes what `export_litert` writes, with kernels of 8 bits and a scale for each output.

    Args:
        photos: uint8 (H, W, 3) RGB of any size, on which the ranges of activations are found.

    Raises:
        UserError: as `export_litert`.
    """
    from ai_edge_quantizer.quantizer import Quantizer

    network = plain_copy(network, description)
    round_doubling(network, WHOLE)
    with TemporaryDirectory() as folder, replacing(Path(path)) as part:
        whole = Path(folder) / "float.tflite"
        write_litert(network, description, whole, size, half=False)
        with quiet(), silent():
            quantizer = Quantizer(str(whole))
            quantizer.load_quantization_recipe(recipe())
            ranges = _ranges(quantizer, photos, size) if quantizer.need_calibration else None
            part.write_bytes(quantizer.quantize(ranges).quantized_model)


def _ranges(quantizer: "Quantizer", photos: Sequence[Image], size: tuple[int, int]) -> Any:
    frames = [{INPUT: middle(photo, *size)[None]} for photo in photos]
    return quantizer.calibrate({SIGNATURE: frames})


def integer_products() -> Recipe:
    """Only convolutions; the range of what goes into one is found picture by picture."""
    from ai_edge_quantizer.qtyping import TFLOperationName
    from ai_edge_quantizer.recipe_manager import RecipeManager

    manager = RecipeManager()
    manager.add_dynamic_config(".*", TFLOperationName.CONV_2D, BITS)
    manager.add_dynamic_config(DOUBLING, TFLOperationName.CONV_2D, BITS, algorithm_key=AS_IT_IS)
    return manager.get_quantization_recipe()


def calibrated_products() -> Recipe:
    """Both sides of a convolution in 8 bits, between the smallest and the largest on the photos.

    The norms stay in float32: in 8 bits a variance is so coarse that contrasts change.
    """
    from ai_edge_quantizer.qtyping import TFLOperationName
    from ai_edge_quantizer.recipe_manager import RecipeManager

    kind = TFLOperationName.CONV_2D
    manager = RecipeManager()
    manager.add_static_config(".*", kind, BITS, BITS)
    manager.add_static_config(DOUBLING, kind, BITS, BITS, algorithm_key=AS_IT_IS)
    return manager.get_quantization_recipe()
