"""Video strips: one column of pixels over time; what holds still draws level lines."""

from collections.abc import Mapping, Sequence

import numpy as np

from kunster.pictures.mounting import beneath, beside, captioned, framed

WIDTH = 320  # pixels of a strip, about: frames are drawn as wide as that takes
GUTTER, FONT = 8, 13


def middle_column(picture: np.ndarray) -> np.ndarray:
    """The pixels (H, 3) in the middle of a picture (H, W, 3)."""
    return picture[:, picture.shape[1] // 2].copy()


def video_strip(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Columns (H, 3), one a frame, from left to right: (H, frames, 3)."""
    return np.stack(columns, axis=1)


def strips_sheet(rows: Sequence[Mapping[str, np.ndarray]]) -> np.ndarray:
    """Strips (H, frames, 3) of one size by caption, a row under the other, each frame widened."""
    wider = max(1, round(WIDTH / next(iter(rows[0].values())).shape[1]))
    lines = [
        beside(
            [captioned(name, strip.repeat(wider, axis=1), FONT) for name, strip in row.items()],
            GUTTER,
        )
        for row in rows
    ]
    return framed(beneath(lines, GUTTER), GUTTER)
