"""index.html of the gallery; its pictures lie beside it."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from kunster.gallery.figures import fig5, fig8, room_of_fig8
from kunster.gallery.painting import Clip, Photo, photo_place
from kunster.gallery.rooms import Room
from kunster.report.self_contained import render_page

WEB = Path(__file__).parent / "web"
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def page(rooms: Sequence[Room], photos: Sequence[Photo], clip: Clip, notes: Sequence[str]) -> str:
    """The page; text from files is escaped, and no script but its own can run."""
    of_fig8, first = room_of_fig8(rooms), photos[0].name
    return render_page(
        WEB,
        "index.html.j2",
        "gallery.css",
        "gallery.js",
        title=_title(rooms),
        lede=_lede(rooms),
        rooms=rooms,
        photos=photos,
        photo_place=photo_place,
        clip=clip,
        fig5=list(chain.from_iterable(fig5(room, first) for room in rooms)),
        fig8=list(chain.from_iterable(fig8(of_fig8, first))),
        of_fig8=of_fig8,
        notes=notes,
    )


def _title(rooms: Sequence[Room]) -> str:
    count = len(rooms)
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
