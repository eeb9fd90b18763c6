"""Where a result goes if nobody says: `photo_scream.jpg`, in the current folder."""

import re
from pathlib import Path

from kunster.stylize.photos import FORMATS as PICTURES
from kunster.video.codecs import FORMATS as VIDEOS


def default_out(source: Path, style: str, is_picture: bool) -> Path:
    """The name of a file or folder with the style behind it, in the current folder.

    Args:
        style: its name, or words for a mixture.
    """
    words = re.sub(r"[^\w.-]+", "-", style)
    if source.is_dir():
        return Path(f"{source.resolve().name}_{words}")
    return Path(f"{source.stem}_{words}{suffix_of_result(source, is_picture)}")


def suffix_of_result(source: Path, is_picture: bool) -> str:
    """A file's own suffix; of formats that cannot be written .png for pictures, .mp4 for videos."""
    kept, other = (PICTURES, ".png") if is_picture else (VIDEOS, ".mp4")
    return source.suffix if source.suffix.lower() in kept else other
