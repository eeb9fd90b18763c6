"""Pictures on one sheet: beside and beneath each other, white between, words above."""

from collections.abc import Sequence

import numpy as np

from kunster.captions import caption


def captioned(name: str, picture: np.ndarray, font_size: int) -> np.ndarray:
    """uint8 RGB (H, W, 3) with a line of text above it, as wide as it is."""
    return np.vstack([caption(name, picture.shape[1], font_size), picture])


def beside(pictures: Sequence[np.ndarray], gutter: int) -> np.ndarray:
    """Left to right, all of one height, white between."""
    between = np.full((pictures[0].shape[0], gutter, 3), 255, np.uint8)
    joined = [part for picture in pictures for part in (between, picture)]
    return np.hstack(joined[1:])


def beneath(pictures: Sequence[np.ndarray], gutter: int) -> np.ndarray:
    """Top to bottom, all of one width, white between."""
    turned = [picture.swapaxes(0, 1) for picture in pictures]
    return beside(turned, gutter).swapaxes(0, 1)
