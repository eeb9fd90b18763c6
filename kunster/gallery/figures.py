"""The paper's Fig. 5 and Fig. 8: rows of pictures with the networks that ship."""

from collections.abc import Mapping, Sequence

import numpy as np

from kunster.gallery.painting import photo_place
from kunster.gallery.rooms import Room
from kunster.networks.description import STAGES
from kunster.page.networks import Shown
from kunster.pictures.sheet import Cell

Pictures = Mapping[str, np.ndarray]  # uint8 RGB (H, W, 3), by address


def fig5(rooms: Sequence[Room], photo: str, pictures: Pictures) -> list[list[Cell]]:
    """Fig. 5, a row a style: the painting, and the first photo after stage 1 and after stage 2."""
    rows = []
    for room in rooms:
        row = [_painting(room, pictures)]
        for stage, words in STAGES.items():
            shown = room.exhibit(room.main_id, stage)
            words = f"{words}, id {room.main_id}"
            row.append(_painted(room, shown, photo, words, pictures))
        rows.append(row)
    return rows


def fig8(room: Room, photo: str, pictures: Pictures) -> list[list[Cell]]:
    """Fig. 8: all networks of a style on the first photo, the largest first.

    A column a network, a row a stage; left of them the photo and the painting.
    """
    place = photo_place(1)
    left = [Cell("the photo", pictures[place], place, photo), _painting(room, pictures)]
    rows = []
    for first, stage in zip(left, room.stages, strict=False):
        row = [first]
        for number in reversed(room.ids):
            shown = room.exhibit(number, stage)
            words = f"{shown.called}, {STAGES[stage]}" if shown else ""
            row.append(_painted(room, shown, photo, words, pictures))
        rows.append(row)
    return rows


def room_of_fig8(rooms: Sequence[Room]) -> Room:
    """The first of the styles with most networks."""
    return max(rooms, key=lambda room: len(room.exhibits))


def _painting(room: Room, pictures: Pictures) -> Cell:
    words, place = room.painting_words, room.painting_place
    return Cell(words, pictures[place], place, words)


def _painted(room: Room, shown: Shown | None, photo: str, words: str, pictures: Pictures) -> Cell:
    if shown is None:
        return Cell(f"{words}: none" if words else "")
    place = room.place(shown, 1)
    return Cell(words, pictures[place], place, f"{photo} in the style of {room.facts['title']}")
