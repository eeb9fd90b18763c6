"""Rooms of the gallery: one for each style, with its painting and the networks that ship."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from kunster.assets.paintings import PAINTINGS
from kunster.assets.trained import FAVOURITE, trained_networks, what_ships
from kunster.data.decode import decode_photo
from kunster.data.photos import pictures_in
from kunster.errors import UserError
from kunster.networks.description import TRAINED_FOR, Stage
from kunster.networks.table2 import size_class
from kunster.page.networks import Shown, shown_networks

PAINTING_SIDE = 512  # pixels, the shorter


@dataclass(frozen=True)
class Room:
    """A style.

    Attributes:
        facts: title, painter, year, source and licence of the painting.
        painting: uint8 RGB (H, W, 3).
        exhibits: the smallest network first, of each stage 1 before stage 2.
    """

    style: str
    facts: Mapping[str, str]
    painting: np.ndarray
    exhibits: Sequence[Shown]

    @property
    def ids(self) -> list[int]:
        """Ids of Table II, the smallest network first."""
        return list(dict.fromkeys(each.id for each in self.exhibits if each.id))

    @property
    def sizes(self) -> dict[int, str]:
        """Small, Medium or Large, by id."""
        sizes = {each.id: each.description.parameters for each in self.exhibits if each.id}
        return {number: f"{size_class(size)}, id\u00a0{number}" for number, size in sizes.items()}

    @property
    def stages(self) -> dict[Stage, str]:
        """Stages of which a network ships, and what they are trained for."""
        shipped = {each.description.stage for each in self.exhibits}
        return {stage: words for stage, words in TRAINED_FOR.items() if stage in shipped}

    @cached_property
    def favourite(self) -> Shown:
        """The network that `--model` takes for the style's name alone."""
        return max(
            reversed(self.exhibits),
            key=lambda each: (each.description.stage == "temporal", each.id == FAVOURITE),
        )

    def exhibit(self, number: int, stage: Stage) -> Shown | None:
        """The network of an id and stage, if it ships."""
        wanted = (number, stage)
        shown = (each for each in self.exhibits if (each.id, each.description.stage) == wanted)
        return next(shown, None)

    @property
    def painting_place(self) -> str:
        """Path of the painting, beside the page."""
        return f"pictures/{self.style}/painting.jpg"

    def place(self, shown: Shown, number: int) -> str:
        """Path of a stylized photo by its number (from 1)."""
        return f"pictures/{self.style}/{shown.id}-{shown.description.stage}-{number}.jpg"

    @property
    def clip_place(self) -> str:
        """Path of the favourite's clip; its first picture is beside it as .jpg."""
        return f"pictures/{self.style}/clip.mp4"

    @property
    def painting_words(self) -> str:
        """Title and painter."""
        return f"{self.facts['title']}, {self.facts['painter']}"

    @property
    def main_id(self) -> int:
        """The network that stands for the style: id 14, or the favourite's."""
        return FAVOURITE if FAVOURITE in self.ids else self.favourite.id or 0


def rooms(paintings: Path | None = None) -> list[Room]:
    """A room for each style with a network that ships, in the order of `PAINTINGS`.

    Args:
        paintings: a folder of pictures named like the styles, see `painting_file`.

    Raises:
        UserError: no network ships, or one is damaged; no such folder, or a picture in it that
            cannot be used.
    """
    if not trained_networks():
        raise UserError(f"{what_ships()}: there is nothing to show")
    files = [] if paintings is None else pictures_of(paintings, "--paintings")
    shown = [each for each in shown_networks([], math.inf) if not each.description.styles]
    styles = dict.fromkeys(each.description.style for each in shown)
    return [
        _room(style, [each for each in shown if each.description.style == style], files)
        for style in styles
    ]


def painting_file(style: str, files: Sequence[Path]) -> Path | None:
    """The picture named as the style or the end of its name: wave.jpg for great_wave."""
    names = {file: file.stem.lower() for file in files}
    same = [file for file, name in names.items() if name == style]
    ends = [file for file, name in names.items() if style.endswith(f"_{name}")]
    return next(iter([*same, *ends]), None)


def pictures_of(folder: Path, option: str) -> list[Path]:
    """The pictures in a folder and below.

    Raises:
        UserError: there are none; names the option that gave the folder.
    """
    if not folder.is_dir():
        raise UserError(f"{option} {folder}: no such folder")
    files = pictures_in(folder)
    if not files:
        raise UserError(f"{option} {folder}: holds no pictures (.jpg, .png, .webp, …)")
    return files


def _room(style: str, exhibits: Sequence[Shown], files: Sequence[Path]) -> Room:
    shown = PAINTINGS[style]
    painting = decode_photo(painting_file(style, files) or shown.path, PAINTING_SIDE)
    return Room(style, shown.credits(), painting, exhibits)
