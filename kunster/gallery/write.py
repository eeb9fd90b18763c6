"""The gallery as a folder of plain files, written whole or not at all."""

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from kunster import __version__
from kunster.console.progress import ProgressLine
from kunster.files.replacing import replacing
from kunster.gallery.figures import fig5, fig8, room_of_fig8
from kunster.gallery.painting import (
    PHOTO_SIZE,
    Clip,
    Photo,
    painted_clip,
    painted_photos,
    photo_place,
)
from kunster.gallery.rooms import Room
from kunster.networks.description import STAGES
from kunster.pictures.images import write_jpeg
from kunster.pictures.sheet import sheet
from kunster.styles.catalogue import styles_of_base
from kunster.styles.sheet import base_sheet, sheet_photos
from kunster.video.writer import write_video
from kunster.web.pages import GALLERY, SHARED, render_page

HERE = Path(__file__).parent
INDEX, MARK = "index.html", "gallery.json"  # the second tells a folder that may be replaced
BASE_SHEET = "base.jpg"  # beside the page
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
POLICY = {"img-src": "'self' file: data:", "media-src": "'self' file:"}  # data: a film's buttons
JPEG_QUALITY, SHEET_QUALITY = 82, 88
CLIP_QUALITY = 27  # H.264's; strokes hide what it loses


def write_gallery(
    rooms: Sequence[Room],
    photos: Sequence[Photo],
    clip: Clip,
    folder: Path,
    joined: bool = False,
) -> None:
    """Writes the page, its pictures and films; `folder` is replaced when the new one is complete.

    Args:
        joined: with links to the other views of `kunster open`.

    Raises:
        UserError: a picture is too small for the networks, or the folder cannot be written.
    """
    with replacing(folder) as part:
        pictures = _paint(rooms, photos, clip, part)
        of_fig8 = room_of_fig8(rooms)
        figures = {
            "fig5": fig5(rooms, photos[0].name, pictures),
            "fig8": fig8(of_fig8, photos[0].name, pictures),
        }
        for name, rows in figures.items():
            write_jpeg(sheet(rows, PHOTO_SIZE), part / f"{name}.jpg", SHEET_QUALITY)
        text = render_page(
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
            of_fig8=of_fig8,
            of_base=_draw_base(part),
            version=__version__,
        )
        (part / INDEX).write_text(text, encoding="utf-8")
        (part / MARK).write_text(json.dumps({"version": __version__}), encoding="utf-8")


def _paint(
    rooms: Sequence[Room], photos: Sequence[Photo], clip: Clip, folder: Path
) -> dict[str, np.ndarray]:
    """Writes photos, paintings, stylized photos and films; returns the pictures of the figures."""
    pictures = {photo_place(number): photo.picture for number, photo in enumerate(photos, 1)}
    _write(pictures, folder)
    with closing(ProgressLine("styles", len(rooms), every=0)) as progress:
        for done, room in enumerate(rooms, 1):
            pictures |= _hang(room, photos, folder)
            _show_film(room, clip, folder)
            if progress.due():
                progress.say(done, room.style)
    return pictures


def _hang(room: Room, photos: Sequence[Photo], folder: Path) -> dict[str, np.ndarray]:
    """Writes the painting and all stylized photos; returns the pictures of the figures."""
    kept = {room.painting_place: room.painting}
    _write(kept, folder)
    for exhibit in room.exhibits:
        painted = {
            room.place(exhibit, number): picture
            for number, picture in enumerate(painted_photos(exhibit, photos), 1)
        }
        _write(painted, folder)
        kept[room.place(exhibit, 1)] = painted[room.place(exhibit, 1)]
    return kept


def _show_film(room: Room, clip: Clip, folder: Path) -> None:
    frames = list(painted_clip(room.favourite, clip))
    path = folder / room.clip_place
    write_jpeg(frames[0], path.with_suffix(".jpg"), JPEG_QUALITY)
    write_video(path, frames, clip.rate, CLIP_QUALITY)


def _draw_base(folder: Path) -> dict[str, Any] | None:
    """Draws the network of many styles, if one ships; its file, size in pixels and works."""
    styles = styles_of_base()
    if not styles:
        return None
    drawn = base_sheet(styles, sheet_photos())
    write_jpeg(drawn, folder / BASE_SHEET, SHEET_QUALITY)
    height, width, _ = drawn.shape
    works = [style.painting.work for style in styles]
    return {"file": BASE_SHEET, "height": height, "width": width, "works": works}


def _write(pictures: dict[str, np.ndarray], folder: Path) -> None:
    for place, picture in pictures.items():
        write_jpeg(picture, folder / place, JPEG_QUALITY)


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
