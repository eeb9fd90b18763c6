"""Conversion of pictures between arrays, tensors and files."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from kunster.errors import UserError
from kunster.files.replacing import replacing

if TYPE_CHECKING:
    from torch import Tensor

# pixels, a side: libjpeg's limit, and those of the two formats
LONGEST = {".jpg": 65500, ".jpeg": 65500, ".gif": 65535, ".webp": 16383}
WEBP_QUALITY = 82  # of 100
LUMINANCE = (0.2126, 0.7152, 0.0722)  # R, G, B: Rec. 709


def as_image(picture: np.ndarray) -> "Tensor":
    """uint8 RGB (H, W, 3) to (1, 3, H, W) in [0, 1]."""
    import torch  # painting needs none

    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 255


def as_bytes(image: "Tensor") -> np.ndarray:
    """RGB (3, H, W) in [0, 1] to uint8 (H, W, 3)."""
    return (image.detach().clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()


def on_white(pixels: np.ndarray) -> np.ndarray:
    """uint8 RGBA to RGB, as photos are read."""
    opacity = cv2.cvtColor(pixels[..., 3], cv2.COLOR_GRAY2RGB)
    white = cv2.bitwise_not(opacity)  # 255 - opacity is what white gives
    return cv2.add(cv2.multiply(pixels[..., :3], opacity, scale=1 / 255), white)


def with_alpha(picture: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """uint8 RGBA (H, W, 4) that gives a picture, RGB (H, W, 3), when it is put on white.

    Args:
        alpha: opacity, uint8 of any size.
    """
    opacity = cv2.resize(alpha, picture.shape[1::-1], interpolation=cv2.INTER_AREA)
    share = opacity[..., None].astype(np.float32) / 255
    colours = (picture - 255 * (1 - share)) / np.maximum(share, 1 / 255)
    straight = np.where(share > 0, colours.clip(0, 255), picture)
    return np.dstack([np.rint(straight).astype(np.uint8), opacity])


def middle(picture: np.ndarray, height: int, width: int, above: float = 0.5) -> np.ndarray:
    """The largest central crop of these proportions, resized to (height, width); uint8.

    Args:
        above: share of the cropped rows that lie above; less keeps more of heads.
    """
    rows, columns = picture.shape[:2]
    high, wide = min(rows, columns * height // width), min(columns, rows * width // height)
    top, left = int((rows - high) * above), (columns - wide) // 2
    part = picture[top : top + high, left : left + wide]
    how = cv2.INTER_AREA if height <= high else cv2.INTER_CUBIC
    return cv2.resize(part, (width, height), interpolation=how)


def check_sides(sides: Sequence[int], path: Path) -> None:
    """Raises a UserError for a (height, width) in pixels that a file's format cannot have."""
    height, width = sides
    suffix = path.suffix.lower()
    longest = LONGEST.get(suffix)
    if longest and max(height, width) > longest:
        raise UserError(
            f"{path}: {width}x{height}: {suffix} has sides of at most {longest} pixels; .png has "
            "longer ones"
        )


def write_png(picture: np.ndarray, path: Path) -> None:
    """Writes uint8 RGB (H, W, 3) atomically."""
    _write(picture, path, ".png")


def write_jpeg(picture: np.ndarray, path: Path, quality: int) -> None:
    """Writes uint8 RGB (H, W, 3) atomically; quality from 0 (smallest) to 100."""
    _write(picture, path, ".jpg", (cv2.IMWRITE_JPEG_QUALITY, quality))


def png_bytes(picture: np.ndarray) -> bytes:
    """uint8 RGB (H, W, 3) as PNG."""
    return _encoded(picture, ".png")


def webp_bytes(picture: np.ndarray) -> bytes:
    """uint8 RGB (H, W, 3) as WebP."""
    return _encoded(picture, ".webp", (cv2.IMWRITE_WEBP_QUALITY, WEBP_QUALITY))


def _write(picture: np.ndarray, path: Path, kind: str, settings: Sequence[int] = ()) -> None:
    data = _encoded(picture, kind, settings)
    with replacing(path) as part:
        part.write_bytes(data)


def _encoded(picture: np.ndarray, kind: str, settings: Sequence[int] = ()) -> bytes:
    _, data = cv2.imencode(kind, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), settings)
    return data.tobytes()
