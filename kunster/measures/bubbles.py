"""Bubbles: round spots that a network paints where the photo is even.

Instance norm makes them (Karras et al. 2020, "droplets"): it amplifies features that are constant
almost everywhere until their few exceptions dominate, and later layers pass these on. They are
searched in the stylized pictures, so any model file can be tested, and only where the photo is
even: painting a detail rounder and brighter than it was is style.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, e, sqrt

import cv2
import numpy as np
import torch

from kunster.measures.models import Network
from kunster.pictures.images import LUMINANCE, as_bytes, as_image

RADII = (6.0, 8.0, 11.0, 16.0, 23.0, 32.0)  # pixels, of pictures with a short side of 320
# 30 networks without bubbles reach 0.21 where 25 photos are even, by the strokes of the painting.
LEAST_CONTRAST = 0.3
EVEN = 0.1  # the largest difference, in any of R, G and B, within an even part of a photo
REACH = 1.5, 4.0  # how far a photo must be even: times the bubble's radius, and pixels more
GRAIN = 1.5  # pixels, deviation of the blur that takes a photo's noise out before

BUBBLES = (
    "bubbles = round spots on all photos whose brightness differs from what is around them by "
    f"{LEAST_CONTRAST} or more, values in [0, 1], where the photo differs by less than {EVEN}; "
    f"radius {RADII[0]:g} to {RADII[-1]:g} pixels"
)


@dataclass(frozen=True)
class Bubble:
    """Centre and radius in pixels, and contrast with the surroundings, in [-1, 1]."""

    x: int
    y: int
    radius: float
    contrast: float


@dataclass(frozen=True)
class Found:
    """A bubble and the name of its photo."""

    photo: str
    bubble: Bubble

    def __str__(self) -> str:
        x, y, size = self.bubble.x, self.bubble.y, self.bubble.radius
        return f"{self.photo} at ({x}, {y}), radius {size:g}, {self.bubble.contrast:+.2f}"


@torch.no_grad()
def find_bubbles(
    networks: Sequence[Network], photos: Iterable[tuple[str, np.ndarray]]
) -> list[list[Found]]:
    """Bubbles of each network on all photos.

    Args:
        photos: names and uint8 RGB (H, W, 3) at short side 320; iterated once.
    """
    found: list[list[Found]] = [[] for _ in networks]
    for name, photo in photos:
        even, image = even_places(photo), as_image(photo)
        for bubbles, network in zip(found, networks, strict=True):
            stylized = as_bytes(network(image)[0])
            bubbles += [Found(name, bubble) for bubble in bubbles_in(stylized, even)]
    return found


def bubbles_in(stylized: np.ndarray, even: np.ndarray) -> list[Bubble]:
    """The bubbles on a picture, the strongest first.

    Of overlapping spots, also of different sizes, only the strongest counts.

    Args:
        stylized: uint8 RGB (H, W, 3).
        even: of the photo, from `even_places`.
    """
    brightness = stylized.astype(np.float32) / 255 @ np.array(LUMINANCE, np.float32)
    contrasts = even * np.stack([disc_contrast(brightness, radius) for radius in RADII])
    rows, columns = np.indices(brightness.shape)
    bubbles = []
    while np.abs(contrasts).max() >= LEAST_CONTRAST:
        size, y, x = np.unravel_index(np.abs(contrasts).argmax(), contrasts.shape)
        bubbles.append(Bubble(int(x), int(y), RADII[size], float(contrasts[size, y, x])))
        away = np.hypot(rows - y, columns - x)
        for radius, contrast in zip(RADII, contrasts, strict=True):
            contrast[away < radius + RADII[size]] = 0
    return bubbles


def disc_contrast(brightness: np.ndarray, radius: float) -> np.ndarray:
    """Contrast of a disc of that radius with its surroundings, centred at each pixel.

    e σ² times the smaller of the two principal curvatures of the picture blurred with σ = r/√2,
    where both bend the same way (Lindeberg 1998): exact for a disc of that radius, less for other
    sizes, nothing for lines and edges, which bend one way only.

    Args:
        brightness: float32 (H, W).
        radius: pixels.

    Returns:
        (H, W), negative where it is darker.
    """
    sigma = radius / sqrt(2)
    at = np.arange(-ceil(4 * sigma), ceil(4 * sigma) + 1, dtype=np.float32)
    blur = np.exp(-(at**2) / (2 * sigma**2))
    blur /= blur.sum()
    slope, bend = -at / sigma**2 * blur, (at**2 / sigma**4 - 1 / sigma**2) * blur
    bend -= bend.mean()  # cut off at 4 σ: an even picture still bends nowhere
    across = _filtered(brightness, bend, blur)
    down = _filtered(brightness, blur, bend)
    both = _filtered(brightness, slope, slope)
    middle, apart = (across + down) / 2, np.hypot((across - down) / 2, both)
    brighter, darker = np.maximum(-middle - apart, 0), np.maximum(middle - apart, 0)
    return e * sigma**2 * (brighter - darker)  # type: ignore[no-any-return]


def even_places(photo: np.ndarray) -> np.ndarray:
    """Mask of the places where a photo, uint8 RGB (H, W, 3), is even around: bool (radii, H, W)."""
    smooth = cv2.GaussianBlur(photo.astype(np.float32) / 255, (0, 0), GRAIN)
    return np.stack([_span(smooth, round(REACH[0] * each + REACH[1])) < EVEN for each in RADII])


def _span(picture: np.ndarray, reach: int) -> np.ndarray:
    """Range of values within a square, of the channel with the largest range: (H, W)."""
    square = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    return (cv2.dilate(picture, square) - cv2.erode(picture, square)).max(axis=2)  # type: ignore[no-any-return]


def _filtered(picture: np.ndarray, along_rows: np.ndarray, down: np.ndarray) -> np.ndarray:
    return cv2.sepFilter2D(picture, cv2.CV_32F, along_rows, down, borderType=cv2.BORDER_REFLECT_101)
