"""Photos for evaluation."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from kunster.data.decode import UnusablePhoto, decode_photo
from kunster.data.materials import photographs
from kunster.data.photos import pictures_in, spread
from kunster.errors import UserError

logger = logging.getLogger(__name__)


class EvaluationPhotos:
    """Photos that are decoded while iterated.

    Args:
        files: paths of the photos.
        short_side: in pixels.
        source: where they were chosen from, for reports.
    """

    def __init__(self, files: Sequence[Path], short_side: int, source: str) -> None:
        self.files, self.short_side, self.source = files, short_side, source
        self.broken: set[Path] = set()  # those found so far that cannot be decoded

    def __len__(self) -> int:
        return len(self.files) - len(self.broken)

    @property
    def origin(self) -> str:
        """Their number and where they are from, for reports."""
        return f"{len(self)} of {self.source}"

    def __iter__(self) -> Iterator[np.ndarray]:
        """uint8 RGB (H, W, 3), as `named` gives them."""
        return (photo for _, photo in self.named())

    def named(self) -> Iterator[tuple[str, np.ndarray]]:
        """File names and uint8 RGB (H, W, 3); a warning names files that cannot be decoded.

        Raises:
            UserError: none can be decoded.
        """
        for file in self.files:
            try:
                photo = decode_photo(file, self.short_side)
            except UnusablePhoto as problem:
                logger.warning("skipped %s", problem)
                self.broken.add(file)
                continue
            yield file.name, photo
        if not len(self):
            raise UserError(f"photos: none of {len(self.files)} can be decoded")


def evaluation_photos(folder: Path | None, limit: int, short_side: int) -> EvaluationPhotos:
    """At most `limit` photos of a folder, evenly spread; without one, scikit-image's.

    Raises:
        UserError: no such folder, or no pictures in it.
    """
    if folder is None:
        files = photographs()
        origin = (
            "photographs bundled with scikit-image and matplotlib, which photos=bundled trains on"
        )
    elif not folder.is_dir():
        raise UserError(f"{folder}: no such folder of photos")
    else:
        files = pictures_in(folder)
        origin = str(folder)
    if not files:
        raise UserError(f"{folder}: holds no pictures (.jpg, .png, .webp, .tiff, …)")
    chosen = spread(files, limit)
    return EvaluationPhotos(chosen, short_side, f"{len(files)}, {origin}")
