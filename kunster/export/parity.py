"""Does an exported file compute what the network computes? Answered in steps of 1/255."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from kunster.export.coreml import DEFAULT_SIZE

# single precision on both sides, but sums in another order: 1e-4 of [0, 1]
ONNX_MAXIMUM = 1e-4 * 255
# eleven significant bits through a dozen convolutions; below what an eye tells apart, and twice
# what was measured for the first networks
COREML_MAXIMUM, COREML_MEAN = 4.0, 0.5
QUICK_SIZES = (DEFAULT_SIZE, DEFAULT_SIZE[::-1], (256, 256))  # (height, width)
ONNX_SIZES = (DEFAULT_SIZE, (256, 256), (132, 100))  # the last: odd multiples of 4

Image = np.ndarray  # uint8 (H, W, 3), RGB


class ParityError(RuntimeError):
    """An exported file does not compute what its network computes."""


@dataclass(frozen=True)
class Difference:
    """Largest and mean absolute difference for one picture at one size, in steps of 1/255."""

    case: str
    height: int
    width: int
    maximum: float
    mean: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def check_onnx(
    path: Path,
    network: nn.Module,
    photos: Iterable[Image],
    sizes: Iterable[tuple[int, int]] = ONNX_SIZES,
    worst_cases: bool = False,
) -> list[Difference]:
    """Runs an ONNX file in onnxruntime against the network, on every picture at every size.

    Args:
        network: in eval mode, float32, on the CPU.
        photos: uint8 (H, W, 3) RGB of any size; they are resized.
        sizes: (height, width), multiples of 4.
        worst_cases: black, white, saturated colours and noise as well.

    Raises:
        ParityError: names the size and the error.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only
    # its idle threads would spin on the cores that torch computes on
    options.intra_op_num_threads = torch.get_num_threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def stylize(image: Image) -> np.ndarray:
        [stylized] = session.run(None, {"image": _frames(image).numpy()})
        return stylized[0].transpose(1, 2, 0) * 255

    cases = _cases(photos, sizes, worst_cases)
    return _compare("ONNX", stylize, network, cases, ONNX_MAXIMUM, ONNX_MAXIMUM)


def check_coreml(
    path: Path,
    network: nn.Module,
    photos: Iterable[Image],
    sizes: Iterable[tuple[int, int]] | None = None,
    worst_cases: bool = False,
) -> list[Difference]:
    """Evaluates a Core ML package in half precision against the network in single precision.

    Args:
        sizes: (height, width) that the package takes; None for all it lists, or its default.

    The other arguments and the error as for `check_onnx`.
    """
    from kunster.export.mil_package import read_package
    from kunster.export.mil_reference import evaluate

    package = read_package(path)
    chosen = sizes or package.sizes.enumerated or (package.sizes.default,)
    cases = _cases(photos, chosen, worst_cases)
    return _compare(
        "Core ML", lambda i: evaluate(package, i), network, cases, COREML_MAXIMUM, COREML_MEAN
    )


def worst_images(height: int, width: int) -> dict[str, Image]:
    """Pictures no camera takes, uint8 (H, W, 3): flat, saturated and noisy ones."""
    flat = {"black": (0, 0, 0), "white": (255, 255, 255), "red": (255, 0, 0), "blue": (0, 0, 255)}
    images = {name: np.full((height, width, 3), colour, np.uint8) for name, colour in flat.items()}
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    checkers = np.indices((height, width)).sum(0) % 2 * 255
    stripes = np.stack([checkers, 255 - checkers, checkers], -1).astype(np.uint8)
    return {
        **images,
        "noise": noise,
        "saturated noise": (noise > 127) * np.uint8(255),
        "checkers": stripes,
    }


def _cases(
    photos: Iterable[Image], sizes: Iterable[tuple[int, int]], worst_cases: bool
) -> Iterator[tuple[str, Image]]:
    import cv2

    photos = list(photos)
    for height, width in sizes:
        for number, photo in enumerate(photos):
            resized = cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA)
            yield f"photo {number}", resized
        if worst_cases:
            yield from worst_images(height, width).items()


@torch.inference_mode()
def _compare(
    format_name: str,
    stylize: Callable[[Image], np.ndarray],
    network: nn.Module,
    cases: Iterable[tuple[str, Image]],
    maximum: float,
    mean: float,
) -> list[Difference]:
    differences = []
    for case, image in cases:
        expected = network(_frames(image)).clamp(0, 1)[0].permute(1, 2, 0).numpy() * 255
        error = np.abs(stylize(image) - expected)
        height, width = image.shape[:2]
        difference = Difference(case, height, width, float(error.max()), float(error.mean()))
        if not (difference.maximum <= maximum and difference.mean <= mean):  # also for NaN
            raise ParityError(
                f"{format_name} differs from the network at {width}x{height} ({case}): "
                f"{difference.maximum:.3g}/255 at most, {difference.mean:.3g}/255 on average; "
                f"allowed {maximum:.3g} and {mean:.3g}"
            )
        differences.append(difference)
    return differences


def _frames(image: Image) -> torch.Tensor:
    """(1, 3, H, W), RGB in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].float() / 255
