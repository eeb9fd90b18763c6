"""Sizes at which pictures are stylized, from the options --size and --texture."""

import re
from dataclasses import dataclass
from fractions import Fraction

from kunster.errors import UserError
from kunster.networks.shapes import STRIDE
from kunster.video.engines import SMALLEST

SOURCE = "source"
FINEST, COARSEST = 0.5, 2.0  # textures: 4 times the work; half of the photo's detail
# short side at which strokes are large enough for a photo, and faces are still faces; by looking at
# photos of 12 megapixels painted at 480, 600, 720 and 840
PHOTO_SIDE = 720
SQUARE_ENOUGH = 0.02  # relative; rounding to multiples of 4 changes the aspect by less


@dataclass(frozen=True)
class NetworkSize:
    """Size of the network's input.

    Attributes:
        short_side: in pixels; the other side keeps the proportions, and nothing is enlarged.
            None keeps the picture's own size.
        exact: (height, width), whatever the picture's proportions.
    """

    short_side: int | None = None
    exact: tuple[int, int] | None = None

    @classmethod
    def parse(cls, text: str) -> "NetworkSize":
        """Parses `480`, `480x320` (width x height) or `source`.

        Raises:
            UserError: something else, or smaller than the networks take.
        """
        if text == SOURCE:
            return cls()
        sides = parsed_sides(text)
        if not sides or min(sides) < SMALLEST:
            raise UserError(
                f"size={text}: give the short side (480), width x height (480x320) or source; "
                f"sides start at {SMALLEST}"
            )
        if len(sides) == 1:
            return cls(short_side=sides[0])
        if any(side % STRIDE for side in sides):
            raise UserError(f"size={text}: both sides must be multiples of {STRIDE}")
        return cls(exact=(sides[1], sides[0]))

    def of(self, size: tuple[int, int], multiple: int = 1) -> tuple[int, int]:
        """(height, width) for a picture of (height, width), its sides rounded to `multiple`."""
        if self.exact:
            return self.exact
        shortest = min(size)
        wanted = shortest if self.short_side is None else min(self.short_side, shortest)
        scale = max(wanted, SMALLEST) / shortest
        height, width = (max(SMALLEST, _rounded(side * scale, multiple)) for side in size)
        return height, width


@dataclass(frozen=True)
class Texture:
    """Size of the strokes relative to those of training.

    Strokes have a fixed size in pixels, so they become larger on a smaller input that is enlarged
    afterwards, and finer on a larger one.

    Raises:
        UserError: `scale` is out of range.
    """

    scale: float = 1.0

    def __post_init__(self) -> None:
        if not FINEST <= self.scale <= COARSEST:
            raise UserError(
                f"texture={self.scale:g}: must be from {FINEST:g} (strokes half as large) to "
                f"{COARSEST:g} (twice as large)"
            )

    def seen(self, size: tuple[int, int], multiple: int = 1) -> tuple[int, int]:
        """(height, width) of the network's input for an output of (height, width).

        Raises:
            UserError: smaller than the networks take.
        """
        if self.scale == 1:
            return size
        height, width = (_rounded(side / self.scale, multiple) for side in size)
        if min(height, width) < SMALLEST:
            raise UserError(
                f"texture={self.scale:g}: for {size[1]}x{size[0]} the network would see "
                f"{width}x{height}, sides start at {SMALLEST}; give a smaller one"
            )
        return height, width


def parsed_sides(text: str) -> list[int]:
    """[480] of `480`, [width, height] of `480x320`; nothing of other texts."""
    return [int(side) for side in text.split("x")] if re.fullmatch(r"\d+(x\d+)?", text) else []


def pixel_aspect(shown: tuple[int, int], stored: tuple[int, int]) -> Fraction:
    """Aspect ratio of the pixels of `stored` (height, width) when shown as `shown`."""
    aspect = Fraction(shown[1] * stored[0], shown[0] * stored[1])
    return Fraction(1) if abs(aspect - 1) < SQUARE_ENOUGH else aspect


def _rounded(side: float, multiple: int) -> int:
    return round(side / multiple) * multiple
