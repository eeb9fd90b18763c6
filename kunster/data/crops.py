"""Training crops: a pure function of the seed and an index, so that resuming needs no state."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import torch
from torch import Tensor

from kunster.data.photos import Photos
from kunster.errors import UserError
from kunster.pictures.images import LUMINANCE

# Up to that factor bilinear leaves no aliases to speak of, at a sixth of the time.
AREA_FROM = 1.5


@dataclass(frozen=True)
class Choice:
    """A square window of a photo, mirrored or not, and a change of its colours.

    Attributes:
        photo: its number.
        top, left, side: pixels of the photo.
        colours: six numbers in [-1, 1], for `recolour`.
    """

    photo: int
    top: int
    left: int
    side: int
    flip: bool
    colours: np.ndarray

    def window(self, photo: np.ndarray) -> np.ndarray:
        return photo[self.top : self.top + self.side, self.left : self.left + self.side]


class Crops:
    """Random square crops, uint8 RGB (3, size, size), every second one mirrored on average.

    Each pass over the photos takes them all, in a new order. Crop number `index` depends on
    `(seed, index)` alone: the same in any process, after any interruption.

    Args:
        photos: the photos to crop.
        size: side of a crop in pixels.
        scale: range of a crop's side before it is resized, as a fraction of the photo's short side.
        jitter: strength of changes in exposure, contrast, white balance, saturation and hue;
            0 leaves colours alone, 1 is much.
    """

    def __init__(
        self,
        photos: Photos,
        size: int = 256,
        seed: int = 0,
        scale: tuple[float, float] = (0.6, 1.0),
        jitter: float = 0.0,
    ) -> None:
        if not 0 < scale[0] <= scale[1] <= 1:
            raise UserError(
                f"photos.scale={list(scale)}: must be two fractions, 0 < smallest ≤ largest ≤ 1"
            )
        if jitter < 0:
            raise UserError(f"photos.jitter={jitter:g}: must be 0 (none) or more")
        if not len(photos):
            raise UserError("there are no photos to crop from")
        self.photos, self.size, self.seed = photos, size, seed
        self.scale, self.jitter = scale, jitter

    def batch(self, start_index: int, batch_size: int) -> Tensor:
        """Crops `start_index` and following, uint8 (B, 3, size, size), channels last in memory."""
        crops = torch.empty(batch_size, self.size, self.size, 3, dtype=torch.uint8)
        for offset, crop in enumerate(crops.numpy()):
            self._draw(start_index + offset, crop)
        return crops.permute(0, 3, 1, 2)

    def _draw(self, index: int, crop: np.ndarray) -> None:
        """Writes crop number `index` into `crop` (size, size, 3)."""
        choice = self.choice(index)
        method = cv2.INTER_AREA if choice.side > AREA_FROM * self.size else cv2.INTER_LINEAR
        window = choice.window(self.photos[choice.photo])
        cv2.resize(window, (self.size, self.size), crop, interpolation=method)
        if choice.flip:
            cv2.flip(crop, 1, crop)
        if self.jitter:
            recolour(crop, self.jitter, choice.colours)

    def choice(self, index: int) -> Choice:
        """Window and colours of crop number `index`."""
        epoch, position = divmod(index, len(self.photos))
        photo = int(order(len(self.photos), self.seed, epoch)[position])
        chance = generator(self.seed, index).random(10)
        size = self.photos[photo].shape[:2]
        place = _window(size, self.scale, chance[:3])
        return Choice(photo, *place, chance[3] < 0.5, 2 * chance[4:] - 1)


@lru_cache(maxsize=4)
def order(count: int, seed: int, epoch: int, stream: int = 1) -> np.ndarray:
    """Order in which pass number `epoch` takes `count` things: a permutation."""
    return generator(seed, epoch, stream).permutation(count)


def generator(seed: int, index: int, stream: int = 0) -> np.random.Generator:
    """Random numbers of a pair of seed and index, by a counter (Philox, Salmon et al. 2011)."""
    key = np.array([seed, index], np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=[0, 0, 0, stream]))


def _window(
    size: tuple[int, ...], scale: tuple[float, float], chance: np.ndarray
) -> tuple[int, int, int]:
    """Top, left and side of a square; sides are spread evenly over the logarithm of their range."""
    height, width = size
    fraction = scale[0] * (scale[1] / scale[0]) ** chance[0]
    side = max(1, round(fraction * min(height, width)))
    top = int(chance[1] * (height - side + 1))
    left = int(chance[2] * (width - side + 1))
    return top, left, side


def recolour(crop: np.ndarray, strength: float, chance: np.ndarray) -> None:
    """Changes gamma, white balance (two numbers), exposure, saturation and hue, in place.

    Args:
        crop: uint8 RGB (H, W, 3).
        chance: six numbers in [-1, 1].
    """
    curves, matrix = colour_change(strength, chance)
    cv2.LUT(crop, curves[None], crop)
    cv2.transform(crop, matrix, crop)


def colour_change(strength: float, chance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lookup tables of the channels, uint8 (256, 3), and the 3x3 matrix that `recolour` applies."""
    gamma = np.exp(0.5 * strength * chance[0])
    red, blue, gain = np.exp(strength * chance[1:4] * (0.2, 0.2, 0.3))
    levels = np.linspace(0, 1, 256)[:, None] ** gamma * gain * (red, 1, blue)
    curves = np.rint(255 * levels.clip(0, 1)).astype(np.uint8)
    return curves, _saturation_and_hue(
        np.exp(0.6 * strength * chance[4]), 0.5 * strength * chance[5]
    )


def _saturation_and_hue(saturation: float, hue: float) -> np.ndarray:
    """The 3x3 matrix that scales chroma and turns it by `hue` radians, luminance kept."""
    grey = np.tile(LUMINANCE, (3, 1))
    axis = np.full(3, 3**-0.5)
    cross = np.cross(np.eye(3), axis)
    turn = np.cos(hue) * np.eye(3) - np.sin(hue) * cross + (1 - np.cos(hue)) * np.outer(axis, axis)
    matrix: np.ndarray = grey + saturation * (np.eye(3) - grey) @ turn @ (np.eye(3) - grey)
    return matrix
