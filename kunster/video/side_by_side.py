"""A video beside its stylized versions, to compare flicker."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import torch

from kunster.measures.models import Network
from kunster.pictures.captions import caption
from kunster.pictures.images import as_bytes, as_image
from kunster.pictures.mounting import WHITE, beside

GUTTER = 8  # white pixels beside, between and below the pictures; even, as H.264 wants its sides
FONT = 1 / 15  # of a frame's height
SMALLEST_FONT = 10  # pixels


def side_by_side(
    frames: Iterable[np.ndarray], networks: Mapping[str, Network]
) -> Iterator[np.ndarray]:
    """Yields each frame beside its stylized versions, with captions above, on white.

    Args:
        frames: uint8 RGB (H, W, 3), all of one size; read one at a time.
        networks: by caption; frames (1, 3, H, W), RGB in [0, 1], to the same, clamped.

    Yields:
        uint8 RGB (caption + H + 8, n·W + (n + 1)·8, 3) for n pictures; the pictures' pixels are
        those of the frame and of the networks.
    """
    heading: np.ndarray | None = None
    for frame in frames:
        if heading is None:
            heading = _heading(["input", *networks], *frame.shape[:2])
        with torch.inference_mode():
            outputs = [as_bytes(network(as_image(frame))[0]) for network in networks.values()]
        picture = np.vstack([heading, beside([frame, *outputs], GUTTER)])
        margins = ((0, GUTTER), (GUTTER, GUTTER), (0, 0))
        yield np.pad(picture, margins, constant_values=WHITE)


def _heading(names: list[str], height: int, width: int) -> np.ndarray:
    """Captions for pictures of (height, width), an even number of rows."""
    size = max(SMALLEST_FONT, round(FONT * height))
    words = beside([caption(name, width, size) for name in names], GUTTER)
    return np.pad(words, ((words.shape[0] % 2, 0), (0, 0), (0, 0)), constant_values=WHITE)
