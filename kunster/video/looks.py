"""Options applied to a stylized picture: strength, original colours, preview."""

from dataclasses import dataclass

import cv2
import numpy as np

from kunster.errors import UserError
from kunster.pictures.images import LUMINANCE


@dataclass
class Look:
    """Options applied to a stylized picture.

    Attributes:
        strength: from 0, the photo itself, to 1, the full style; may be set while frames are
            painted.
        keep_colors: take only the luminance from the stylized picture.
        preview: show the photo on the left.

    Raises:
        UserError: `strength` is out of range.
    """

    strength: float = 1.0
    keep_colors: bool = False
    preview: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise UserError(f"strength={self.strength:g}: must be from 0 (photo) to 1 (style)")

    @property
    def is_plain(self) -> bool:
        """Whether the stylized picture stays as it is."""
        return self == Look()

    def __call__(self, photo: np.ndarray, stylized: np.ndarray) -> np.ndarray:
        """Applies the options; uint8 RGB (H, W, 3), twice as wide with `preview`."""
        if self.keep_colors:
            stylized = with_colors_of(photo, stylized)
        if self.strength < 1:
            stylized = blended(photo, stylized, self.strength)
        return np.hstack([photo, stylized]) if self.preview else stylized


def blended(photo: np.ndarray, stylized: np.ndarray, strength: float) -> np.ndarray:
    """strength · stylized + (1 - strength) · photo."""
    return cv2.addWeighted(stylized, strength, photo, 1 - strength, 0)


def with_colors_of(photo: np.ndarray, stylized: np.ndarray) -> np.ndarray:
    """Y of the stylized picture with Cb and Cr of the photo, clipped to RGB.

    Cb and Cr are multiples of B - Y and R - Y (ITU-R BT.709-6, item 3.3), so adding the same to
    R, G and B keeps them.
    """
    difference = cv2.subtract(stylized, photo, dtype=cv2.CV_16S)
    luminance = cv2.transform(difference, np.array([LUMINANCE] * 3, np.float32))
    return cv2.add(photo, luminance, dtype=cv2.CV_8U)
