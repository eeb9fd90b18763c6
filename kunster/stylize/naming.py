"""Where a result goes if nobody says: `photo_scream.jpg`, in the current folder."""

import re
from pathlib import Path

from kunster.stylize.photos import FORMATS as PICTURES
from kunster.video.codecs import FORMATS as VIDEOS


def default_out(source: Path, style: str, is_picture: bool) -> Path:
    """The name of a file or folder with the style behind it, in the current folder.

    Of formats that cannot be written, pictures become PNG, videos MP4.

    Args:
        style: its name, or words for a mixture.
    """
    words = re.sub(r"[^\w.-]+", "-", style)
    if source.is_dir():
        return Path(f"{source.resolve().name}_{words}")
    kept, other = (PICTURES, ".png") if is_picture else (VIDEOS, ".mp4")
    suffix = source.suffix if source.suffix.lower() in kept else other
    return Path(f"{source.stem}_{words}{suffix}")
