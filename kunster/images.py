"""Pictures as arrays, as tensors and as files."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from kunster.replacing import replacing

LUMINANCE = (0.2126, 0.7152, 0.0722)  # of R, G and B: Rec. 709


def as_image(picture: np.ndarray) -> Tensor:
    """uint8 RGB (H, W, 3) to (1, 3, H, W) in [0, 1]."""
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 255


def as_bytes(image: Tensor) -> np.ndarray:
    """RGB (3, H, W) in [0, 1] to uint8 (H, W, 3)."""
    return (image.detach().clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()


def write_png(picture: np.ndarray, path: Path) -> None:
    """uint8 RGB (H, W, 3) to a file, complete or not at all."""
    _write(picture, path, ".png")


def write_jpeg(picture: np.ndarray, path: Path, quality: int) -> None:
    """As `write_png`, with losses: quality 0 (smallest) to 100."""
    _write(picture, path, ".jpg", (cv2.IMWRITE_JPEG_QUALITY, quality))


def _write(picture: np.ndarray, path: Path, kind: str, settings: Sequence[int] = ()) -> None:
    _, data = cv2.imencode(kind, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), settings)
    with replacing(path) as part:
        part.write_bytes(data.tobytes())
