"""How a decoded frame has to be turned and mirrored to stand upright."""

from typing import NamedTuple

import av
import numpy as np
from av.sidedata.sidedata import SideData, Type


class Orientation(NamedTuple):
    """One of the eight ways in which a picture can lie.

    Attributes:
        transposed: rows are exchanged for columns, before the rest.
        upside_down: the order of the rows is reversed.
        mirrored: the order of the columns is reversed.
    """

    transposed: bool = False
    upside_down: bool = False
    mirrored: bool = False

    @classmethod
    def of(cls, frame: av.VideoFrame) -> "Orientation":
        """By the frame's display matrix; upright without one, or with one of zeros.

        The matrix, 3x3 of 32 bits, maps (x, y) to (a·x + c·y, b·x + d·y) with a, b in its first
        row and c, d in its second: ISO/IEC 14496-12, 6.2.2. Angles are rounded to quarter turns.
        """
        matrix = frame.side_data.get(Type.DISPLAYMATRIX.name)
        if not isinstance(matrix, SideData):
            return cls()
        a, b, _, c, d = np.frombuffer(bytes(matrix), np.int32)[:5].astype(float)
        if abs(a) + abs(d) >= abs(b) + abs(c):
            return cls(False, upside_down=d < 0, mirrored=a < 0)
        return cls(True, upside_down=b < 0, mirrored=c < 0)

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        """The picture (H, W, …), upright."""
        turned = picture.swapaxes(0, 1) if self.transposed else picture
        rows, columns = (-1 if back else 1 for back in (self.upside_down, self.mirrored))
        return np.ascontiguousarray(turned[::rows, ::columns])

    def size(self, size: tuple[int, int]) -> tuple[int, int]:
        """(height, width) of a picture of (height, width) once it is upright, or back."""
        return size[::-1] if self.transposed else size
