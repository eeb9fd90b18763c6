"""A folder of pictures: which of them are stylized, and whether they are frames of a video."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from PIL import ExifTags

from kunster.console.progress import ProgressLine
from kunster.data.decode import UnusablePhoto
from kunster.data.frames import VIDEO_SUFFIXES
from kunster.data.photos import pictures_in, walked
from kunster.data.picture_file import opened
from kunster.data.raw_photo import SUFFIXES as RAW_SUFFIXES
from kunster.errors import UserError
from kunster.stylize.photos import FORMATS

LEFT_OUT = {
    VIDEO_SUFFIXES: "videos are stylized one by one",
    RAW_SUFFIXES: "raw photos of cameras; export JPEGs or TIFFs from them",
}

logger = logging.getLogger(__name__)


def planned(folder: Path, target: Path) -> dict[Path, Path]:
    """Output path of each picture in a folder and below: the same place in `target`.

    Formats that cannot be written become PNG. What lies in `target` already, itself in the folder,
    is left out; so are videos and raw photos, with a warning.

    Raises:
        UserError: no pictures, or two would have the same name.
    """
    sources = [path for path in pictures_in(folder) if not _is_own(path, folder, target)]
    _warn_of_others(folder)
    if not sources:
        raise UserError(f"{folder} holds no pictures (.png, .jpg, .webp, …)")
    plan: dict[Path, Path] = {}
    for source in sources:
        path = target / source.relative_to(folder)
        path = path if path.suffix.lower() in FORMATS else path.with_suffix(".png")
        if path in plan.values():
            raise UserError(f"{source} would become {path}, like another picture; rename one")
        plan[source] = path
    return plan


def _is_own(path: Path, folder: Path, target: Path) -> bool:
    """Whether a file lies in `target`, and that in `folder`: an earlier result."""
    own = target.resolve()
    return folder.resolve() in own.parents and own in path.resolve().parents


def _warn_of_others(folder: Path) -> None:
    files = [file for _, files in walked(folder) for file in files]
    for suffixes, reason in LEFT_OUT.items():
        if found := [file for file in files if file.suffix.lower() in suffixes]:
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            logger.warning("left out: %s%s: %s", found[0], more, reason)


def are_frames(pictures: Sequence[Path]) -> bool:
    """Whether pictures are the frames of a video, in order.

    They are in one folder, numbered one by one at the end of otherwise equal names, of one size,
    and the first has no time of exposure, as a camera's have.
    """
    names = [re.fullmatch(r"(.*?)(\d+)", str(path.with_suffix(""))) for path in pictures]
    found = [(name[1], len(name[2]), int(name[2])) for name in names if name]
    first = found[0] if found else ("", 0, 0)
    in_turn = [(*first[:2], first[2] + step) for step in range(len(pictures))]
    if len(pictures) < 2 or found != in_turn or _was_exposed(pictures[0]):
        return False
    return len({_stored_size(path) for path in pictures}) == 1


def stylize_pictures(
    plan: Mapping[Path, Path], stylize: Callable[[Path, Path], object], progress: ProgressLine
) -> Sequence[UnusablePhoto]:
    """Stylizes every picture that can be used; returns the errors of the others."""
    unusable = []
    for done, (source, target) in enumerate(plan.items(), start=1):
        try:
            stylize(source, target)
        except UnusablePhoto as error:
            unusable.append(error)
        if progress.due():
            progress.say(done, source.name)
    return unusable


def _was_exposed(path: Path) -> bool:
    """Whether a picture has the time at which a camera took it."""
    with suppress(OSError, ValueError), opened(path) as image:
        return ExifTags.Base.DateTimeOriginal in image.getexif().get_ifd(ExifTags.IFD.Exif)
    return False


def _stored_size(path: Path) -> tuple[int, int] | None:
    """(width, height) from the file's header; None if it is no picture."""
    with suppress(OSError, ValueError), opened(path) as image:
        return image.size
    return None
