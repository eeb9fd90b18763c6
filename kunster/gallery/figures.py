"""The paper's Fig. 5 and Fig. 8 as sheets: pictures in rows and columns, a caption above each."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from kunster.gallery.painting import photo_place
from kunster.gallery.rooms import Exhibit, Room
from kunster.networks.description import STAGES
from kunster.pictures.mounting import WHITE, beneath, beside, captioned, fitted, framed

GUTTER = 1 / 25  # of a photo's width, between pictures and around them
FONT = 1 / 30  # of a photo's width
SMALLEST_FONT = 10  # pixels


class Cell(NamedTuple):
    """A cell of a figure: `words` above a picture, or above nothing.

    `source`: where the picture lies, beside the page; `alt`: what it shows.
    """

    words: str
    source: str | None = None
    alt: str = ""


def fig5(room: Room, photo: str) -> list[Cell]:
    """A row of Fig. 5: the painting, and the first photo after stage 1 and after stage 2."""
    cells = [_painting(room)]
    for stage, words in STAGES.items():
        exhibit = room.exhibit(room.main_id, stage)
        words = f"{words}, id {room.main_id}"
        cells.append(_painted(room, exhibit, photo, words) if exhibit else Cell(f"{words}: none"))
    return cells


def fig8(room: Room, photo: str) -> list[list[Cell]]:
    """The rows of Fig. 8: all networks of a style on the first photo, the largest first.

    A column a network, a row a stage; left of them the photo and the painting.
    """
    stages = [stage for stage in STAGES if any(room.exhibit(number, stage) for number in room.ids)]
    left = [Cell("the photo", photo_place(1), photo), _painting(room)]
    rows = []
    for first, stage in zip(left, stages, strict=False):
        exhibits = [room.exhibit(number, stage) for number in reversed(room.ids)]
        cells = [_painted(room, each, photo, each.words) if each else Cell("") for each in exhibits]
        rows.append([first, *cells])
    return rows


def room_of_fig8(rooms: Sequence[Room]) -> Room:
    """The first of the styles with most networks."""
    return max(rooms, key=lambda room: len(room.exhibits))


def sheet(
    rows: Sequence[Sequence[Cell]], pictures: Mapping[str, np.ndarray], size: tuple[int, int]
) -> np.ndarray:
    """Pictures on white, uint8 RGB.

    For n rows of m pictures of (H, W), a gutter g = max(2, round(W/25)) and captions of height c:
    n·(c + H) + (n + 1)·g high and m·W + (m + 1)·g wide.

    Args:
        rows: all of one length.
        pictures: uint8 RGB (h, w, 3), by `Cell.source`.
        size: (H, W) of each place; a picture of another shape stands in its corner, whole.
    """
    gutter, font = sheet_measures(size[1])
    mounted = [
        beside([captioned(cell.words, _fill(cell, pictures, size), font) for cell in row], gutter)
        for row in rows
    ]
    return framed(beneath(mounted, gutter), gutter)


def sheet_measures(width: int) -> tuple[int, int]:
    """Gutter and font size of captions, in pixels, for pictures of a width."""
    return max(2, round(GUTTER * width)), max(SMALLEST_FONT, round(FONT * width))


def _fill(cell: Cell, pictures: Mapping[str, np.ndarray], size: tuple[int, int]) -> np.ndarray:
    height, width = size
    if cell.source is None:
        return np.full((height, width, 3), WHITE, np.uint8)
    picture = pictures[cell.source]
    if picture.shape[:2] == size:
        return picture
    whole = fitted(picture, height, width)
    right = width - whole.shape[1]
    return np.pad(whole, ((0, 0), (0, right), (0, 0)), constant_values=WHITE)


def _painting(room: Room) -> Cell:
    return Cell(room.painting_words, room.painting_place, room.painting_words)


def _painted(room: Room, exhibit: Exhibit, photo: str, words: str) -> Cell:
    alt = f"{photo} in the style of {room.facts['title']}"
    return Cell(words, room.place(exhibit, 1), alt)
