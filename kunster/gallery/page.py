"""index.html of the gallery; its pictures lie beside it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from kunster import __version__
from kunster.gallery.figures import room_of_fig8
from kunster.gallery.painting import Clip, Photo, photo_place
from kunster.gallery.rooms import Room
from kunster.networks.description import STAGES
from kunster.pictures.sheet import Cell
from kunster.web.pages import GALLERY, SHARED, render_page

HERE = Path(__file__).parent
BASE_SHEET = "base.jpg"  # beside the page
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
POLICY = {"img-src": "'self' file: data:", "media-src": "'self' file:"}  # data: a film's buttons


class BaseSheet(NamedTuple):
    """Height and width of a sheet, pixels, and the works whose styles are on it."""

    height: int
    width: int
    works: Sequence[str]


def page(
    rooms: Sequence[Room],
    photos: Sequence[Photo],
    clip: Clip,
    figures: Mapping[str, Sequence[Sequence[Cell]]],
    of_base: BaseSheet | None,
    joined: bool,
) -> str:
    """The page; text from files is escaped, and no script but its own can run.

    Args:
        of_base: the network of many styles, drawn in `BASE_SHEET`, if one ships.
    """
    return render_page(
        HERE / "index.html.j2",
        GALLERY,
        joined,
        POLICY,
        [SHARED / "slider.js", HERE / "gallery.js"],
        title=_title(len(rooms)),
        lede=_lede(rooms),
        rooms=rooms,
        photos=photos,
        photo_place=photo_place,
        clip=clip,
        stages=STAGES,
        figures=figures,
        of_fig8=room_of_fig8(rooms),
        of_base=of_base,
        base_sheet=BASE_SHEET,
        version=__version__,
    )


def _title(count: int) -> str:
    number = NUMBERS[count] if count < len(NUMBERS) else str(count)
    return f"{number.capitalize()} painting{'s' * (count > 1)}, taught to small networks"


def _lede(rooms: Sequence[Room]) -> str:
    counts = [each.description.parameters for room in rooms for each in room.exhibits]
    least, most = f"{min(counts):,}", f"{max(counts):,}"
    numbers = f"{least} numbers" if least == most else f"{least} to {most} numbers"
    return (
        f"Each network here learnt the manner of one painting and is nothing but {numbers}. It "
        "repaints any photograph, and a film frame by frame. Left of the line is the photograph, "
        "right of it what the network makes of it: drag the line, or use the arrow keys."
    )
