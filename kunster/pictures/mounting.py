"""Contact sheets: pictures on white, beside or beneath each other, with captions."""

import cv2
import numpy as np

from kunster.pictures.captions import caption

WHITE = 255


def captioned(name: str, picture: np.ndarray, font_size: int) -> np.ndarray:
    """A picture, uint8 RGB (H, W, 3), below a caption of its width."""
    return np.vstack([caption(name, picture.shape[1], font_size), picture])


def beside(pictures: list[np.ndarray], gutter: int) -> np.ndarray:
    """Pictures of one height from left to right, `gutter` white pixels between."""
    between = np.full((pictures[0].shape[0], gutter, 3), WHITE, np.uint8)
    joined = [part for picture in pictures for part in (between, picture)]
    return np.hstack(joined[1:])


def beneath(pictures: list[np.ndarray], gutter: int) -> np.ndarray:
    """Pictures of one width from top to bottom, `gutter` white pixels between."""
    turned = [picture.swapaxes(0, 1) for picture in pictures]
    return beside(turned, gutter).swapaxes(0, 1)


def widened(pictures: list[np.ndarray]) -> list[np.ndarray]:
    """Pictures with white on their right, up to the width of the widest."""
    widest = max(picture.shape[1] for picture in pictures)
    return [
        np.pad(each, ((0, 0), (0, widest - each.shape[1]), (0, 0)), constant_values=WHITE)
        for each in pictures
    ]


def framed(picture: np.ndarray, gutter: int) -> np.ndarray:
    """A picture with a white border of `gutter` pixels."""
    around = ((gutter, gutter), (gutter, gutter), (0, 0))
    return np.pad(picture, around, constant_values=WHITE)


def fitted(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """A picture scaled to fit into (height, width); white below it."""
    scale = min(height / picture.shape[0], width / picture.shape[1])
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(picture, size, interpolation=how)
    return np.pad(scaled, ((0, height - size[1]), (0, 0), (0, 0)), constant_values=WHITE)
