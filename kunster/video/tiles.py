"""How a large picture is cut into tiles of one size that overlap."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product

from kunster.networks.shapes import STRIDE

Size = tuple[int, int]  # (height, width)


@dataclass(frozen=True)
class Span:
    """Rows, or columns, of a tile.

    Attributes:
        start, stop: of the whole tile, which the network sees, in the picture.
        kept_from, kept_to: of the part that is kept of its output, in the picture.
    """

    start: int
    stop: int
    kept_from: int
    kept_to: int

    @property
    def seen(self) -> slice:
        return slice(self.start, self.stop)

    @property
    def kept(self) -> slice:
        """The kept part, by its place in the picture."""
        return slice(self.kept_from, self.kept_to)

    @property
    def inner(self) -> slice:
        """The kept part, by its place in the tile."""
        return slice(self.kept_from - self.start, self.kept_to - self.start)


@dataclass(frozen=True)
class Tiles:
    """A grid of tiles whose kept parts fill the picture.

    Attributes:
        picture: (height, width), multiples of 4.
        size: (height, width) of a tile, multiples of 4.
        rows, columns: numbers of tiles.
        margin: pixels of a tile that are not kept, at each side where the picture goes on.
    """

    picture: Size
    size: Size
    rows: int
    columns: int
    margin: int

    @classmethod
    def of(cls, picture: Size, reach: int, most: int) -> "Tiles":
        """The grid with the fewest pixels in all.

        Args:
            picture: (height, width), multiples of 4.
            reach: pixels that a tile sees at least beyond what is kept of it, where the picture
                goes on.
            most: pixels of a tile, unless half of its sides would go to the margins.
        """
        margin = _multiple(reach)
        most = max(most, (4 * margin) ** 2)
        found = []
        for rows in range(1, picture[0] // STRIDE + 1):
            height = _side(picture[0], rows, margin)
            columns = _fewest(picture[1], margin, most // height)
            if rows > 1 and height <= 2 * margin + STRIDE:
                break
            if columns:
                size = height, _side(picture[1], columns, margin)
                found.append(cls(picture, size, rows, columns, margin))
        return min(found, key=lambda tiles: tiles.pixels)

    @property
    def pixels(self) -> int:
        return self.rows * self.columns * self.size[0] * self.size[1]

    def __str__(self) -> str:
        return f"{self.rows * self.columns} tiles of {self.size[1]}x{self.size[0]}"

    def __iter__(self) -> Iterator[tuple[Span, Span]]:
        """Rows and columns of every tile."""
        return product(
            self._spans(self.picture[0], self.size[0], self.rows),
            self._spans(self.picture[1], self.size[1], self.columns),
        )

    def _spans(self, whole: int, side: int, count: int) -> list[Span]:
        # the network's grid of 4 pixels begins at the picture's border
        starts = [
            (whole - side) * place // max(1, count - 1) // STRIDE * STRIDE for place in range(count)
        ]
        cuts = [0, *(start + self.margin for start in starts[1:]), whole]
        return [
            Span(start, start + side, *kept)
            for start, kept in zip(starts, pairwise(cuts), strict=True)
        ]


def _side(whole: int, count: int, margin: int) -> int:
    """The side of each of so many tiles, which share two margins with the next."""
    return _multiple(-(-(whole + (count - 1) * 2 * margin) // count))


def _fewest(whole: int, margin: int, longest: int) -> int:
    """Tiles that a side takes where none is longer; 0 if there is no number that does."""
    longest = longest // STRIDE * STRIDE
    if whole <= longest:
        return 1
    step = longest - 2 * margin
    return -(-(whole - 2 * margin) // step) if step > 0 else 0


def _multiple(pixels: int) -> int:
    return -(-pixels // STRIDE) * STRIDE
