"""index.html of the gallery; the pictures lie beside it."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template

from kunster.gallery.figures import Cell, fig5, fig8, room_of_fig8
from kunster.gallery.painting import Clip, Photo
from kunster.gallery.rooms import Room
from kunster.gallery.wall import room_html
from kunster.report.inline import asset, policy_hash, with_wipe

WEB = Path(__file__).parent / "web"
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def page(rooms: Sequence[Room], photos: Sequence[Photo], clip: Clip, notes: Sequence[str]) -> str:
    """The page; text from files is escaped, and only its own script can run."""
    style, script = with_wipe(asset(WEB / "gallery.css"), asset(WEB / "gallery.js"))
    of_fig8, first = room_of_fig8(rooms), photos[0].name
    return Template(asset(WEB / "index.html")).substitute(
        style=style,
        style_hash=policy_hash(style),
        script=script,
        script_hash=policy_hash(script),
        title=escape(_title(rooms)),
        lede=escape(_lede(rooms)),
        doors="".join(_door(room) for room in rooms),
        rooms="\n".join(room_html(room, photos, clip) for room in rooms),
        fig5="".join(_cell(cell) for room in rooms for cell in fig5(room, first)),
        fig8="".join(_cell(cell) for row in fig8(of_fig8, first) for cell in row),
        fig8_title=escape(of_fig8.facts["title"]),
        fig8_columns=1 + len(of_fig8.ids),
        notes="".join(f"<li>{escape(note)}</li>" for note in notes),
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


def _door(room: Room) -> str:
    height, width, _ = room.painting.shape
    name = room.facts["title"].partition(" (")[0]  # other titles and translations stand below
    return (
        f'<li><a href="#{escape(room.style)}"><img src="{escape(room.painting_place)}" '
        f'width="{width}" height="{height}" alt="">{escape(name)}</a></li>'
    )


def _cell(cell: Cell) -> str:
    picture = '<div class="nothing"></div>'
    if cell.source:
        source, alt = escape(cell.source), escape(cell.alt)
        picture = f'<img src="{source}" alt="{alt}" loading="lazy">'
    return f"<figure>{picture}<figcaption>{escape(cell.words)}</figcaption></figure>"
