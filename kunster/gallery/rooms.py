"""Rooms of the gallery: one for each style, with its painting and the networks that ship."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from kunster.assets.paintings import PAINTINGS
from kunster.assets.trained import FAVOURITE, TrainedNetwork, trained_networks, what_ships
from kunster.data.decode import decode_photo
from kunster.data.photos import pictures_in
from kunster.errors import UserError
from kunster.networks.description import STAGES, Description, Stage
from kunster.networks.model_file import load_model
from kunster.networks.stylizer import Stylizer

PAINTING_SIDE = 512  # pixels, the shorter
MEANINGS: dict[Stage, str] = {"perceptual": "1: style", "temporal": "2: steady"}


@dataclass(frozen=True)
class Exhibit:
    """A shipped network, loaded."""

    shipped: TrainedNetwork
    network: Stylizer
    description: Description

    @property
    def key(self) -> str:
        """Name within its style: 14-temporal."""
        return f"{self.shipped.id}-{self.shipped.stage}"

    @property
    def words(self) -> str:
        """Words for people: id 14, 15,195 parameters, stage 2."""
        stage = STAGES[self.description.stage]
        return f"id {self.shipped.id}, {self.description.parameters:,} parameters, {stage}"

    @property
    def facts(self) -> str:
        """Network, stage, α and β, parameters and size of the file, in words."""
        about = self.description
        shape = f"α {about.alpha:g}, β {about.beta:g}, " if about.alpha else ""
        kilobytes = self.shipped.path.stat().st_size / 1000
        return (
            f"Network {self.shipped.id}, {STAGES[about.stage]}: {shape}"
            f"{about.parameters:,} parameters, {kilobytes:,.0f} kB"
        )


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
    exhibits: Sequence[Exhibit]

    @property
    def ids(self) -> list[int]:
        """Ids of Table II, the smallest network first."""
        return list(dict.fromkeys(exhibit.shipped.id for exhibit in self.exhibits))

    @property
    def sizes(self) -> dict[int, str]:
        """Parameters in thousands, by id."""
        sizes = {each.shipped.id: each.description.parameters for each in self.exhibits}
        return {number: f"{round(size / 1000)}k" for number, size in sizes.items()}

    @property
    def stages(self) -> dict[Stage, str]:
        """Stages of which a network ships, with their meaning."""
        shipped = {each.description.stage for each in self.exhibits}
        return {stage: words for stage, words in MEANINGS.items() if stage in shipped}

    @cached_property
    def favourite(self) -> Exhibit:
        """The network that `--model` takes for the style's name alone."""
        return max(
            reversed(self.exhibits),
            key=lambda each: (each.shipped.stage == "temporal", each.shipped.id == FAVOURITE),
        )

    def exhibit(self, number: int, stage: Stage) -> Exhibit | None:
        """The network of an id and stage, if it ships."""
        return next((each for each in self.exhibits if each.key == f"{number}-{stage}"), None)

    @property
    def painting_place(self) -> str:
        """Path of the painting, beside the page."""
        return f"pictures/{self.style}/painting.jpg"

    def place(self, exhibit: Exhibit, number: int) -> str:
        """Path of a stylized photo by its number (from 1)."""
        return f"pictures/{self.style}/{exhibit.key}-{number}.jpg"

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
        return FAVOURITE if FAVOURITE in self.ids else self.favourite.shipped.id


def rooms(paintings: Path | None = None) -> list[Room]:
    """A room for each style with a network that ships, in the order of `PAINTINGS`.

    Args:
        paintings: a folder of pictures named like the styles, see `painting_file`.

    Raises:
        UserError: no network ships, or one is damaged; no such folder, or a picture in it that
            cannot be used.
    """
    shipped = trained_networks()
    if not shipped:
        raise UserError(f"{what_ships()}: there is nothing to show")
    files = [] if paintings is None else pictures_of(paintings, "--paintings")
    styles = sorted({network.style for network in shipped}, key=_place)
    return [
        _room(style, [each for each in shipped if each.style == style], files) for style in styles
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


def _room(style: str, shipped: Sequence[TrainedNetwork], files: Sequence[Path]) -> Room:
    shown = PAINTINGS[style]
    painting = decode_photo(painting_file(style, files) or shown.path, PAINTING_SIDE)
    exhibits = [Exhibit(each, *load_model(each.path)) for each in shipped]
    exhibits.sort(key=lambda each: (each.description.parameters, each.shipped.stage))
    return Room(style, shown.credits(), painting, exhibits)


def _place(style: str) -> tuple[int, str]:
    known = list(PAINTINGS).index(style) if style in PAINTINGS else len(PAINTINGS)
    return known, style
