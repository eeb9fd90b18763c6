"""Metadata of a photo's file: when, where and with what it was taken."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image

from kunster.data.picture_file import opened

Base, IFD = ExifTags.Base, ExifTags.IFD
# not what describes the file itself, as TIFF's tags do, nor the thumbnail of the old picture
KEPT = (
    *(Base.ImageDescription, Base.Make, Base.Model, Base.DateTime, Base.Artist, Base.Copyright),
    *(Base.HostComputer, Base.DateTimeOriginal, Base.OffsetTime),
)
# of the camera's tags: too long for JPEG, or the size of the old picture
LEFT_OUT = (Base.MakerNote, Base.ExifImageWidth, Base.ExifImageHeight)
LEAST_DPI = 10  # files without a resolution say 1


def tags_of(source: Path, target: Path) -> dict[str, Any]:
    """EXIF of a photo that stands upright, and its dpi, as Pillow saves them; none if broken.

    Pillow writes no place and no exposure into compressed TIFF: there these are left out.
    """
    tags: dict[str, Any] = {}
    with suppress(Exception), opened(source) as image:
        if min(dpi := image.info.get("dpi", (0, 0))) >= LEAST_DPI:
            tags["dpi"] = dpi
        found, kept = image.getexif(), Image.Exif()
        kept.update({tag: found[tag] for tag in KEPT if tag in found})
        if target.suffix.lower() not in (".tif", ".tiff"):
            for part in (IFD.Exif, IFD.GPSInfo):
                if inside := found.get_ifd(part):
                    kept[part] = {tag: inside[tag] for tag in inside if tag not in LEFT_OUT}
        if kept:
            tags["exif"] = kept.tobytes()
    return tags
