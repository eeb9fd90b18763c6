"""Several files, and those of folders: where each result goes, and which are frames of a video."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from PIL import ExifTags

from kunster.console.progress import ProgressLine
from kunster.data.decode import UnusablePhoto, is_picture
from kunster.data.frames import VIDEO_SUFFIXES
from kunster.data.photos import SUFFIXES, walked
from kunster.data.picture_file import opened
from kunster.data.raw_photo import SUFFIXES as RAW_SUFFIXES
from kunster.data.video_file import is_video
from kunster.errors import UserError
from kunster.files.replacing import check_apart
from kunster.stylize.naming import suffix_of_result

Plan = dict[Path, Path]  # where the result of each file goes

logger = logging.getLogger(__name__)


def planned(folder: Path, target: Path) -> Plan:
    """Where each picture and video in a folder and below goes: the same place in `target`.

    Formats that cannot be written become PNG and MP4. What lies in `target` already, itself in the
    folder, is left out; so are raw photos, with a warning.

    Raises:
        UserError: no pictures and videos, or two would have the same name.
    """
    plan = _mirrored(folder, target, target)
    check_names([plan])
    return plan


def planned_each(sources: Sequence[Path], target: Path) -> list[Plan]:
    """Where several files and folders go: into the folder `target`, under their own names.

    Returns:
        One plan for the files, and one for each folder.

    Raises:
        UserError: see `planned`.
    """
    loose = [path for path in sources if not path.is_dir()]
    folders = [path for path in sources if path.is_dir()]
    plans = [_mirrored(path, target / path.resolve().name, target) for path in folders]
    if loose:
        plans.insert(0, {path: _goal(path, target / path.name) for path in loose})
    check_names(plans)
    return plans


def check_names(plans: Sequence[Plan]) -> None:
    """Raises a UserError if two files have one result, or a result would replace its own file."""
    taken: dict[Path, Path] = {}
    for plan in plans:
        for source, goal in plan.items():
            if goal in taken:
                raise UserError(f"{source} would become {goal}, like {taken[goal]}; rename one")
            taken[goal] = source
            check_apart(source, goal)


def is_picture_file(path: Path) -> bool:
    """By its content; a file that is neither picture nor video goes by its name."""
    return is_picture(path) or (path.suffix.lower() in SUFFIXES and not is_video(path))


def _mirrored(folder: Path, goal: Path, out: Path) -> Plan:
    """Places below `goal`; what lies in `out` is an earlier result."""
    files = [file for _, files in walked(folder) for file in files]
    _warn_of_raw_photos(files)
    sources = sorted(
        file
        for file in files
        if file.suffix.lower() in (*SUFFIXES, *VIDEO_SUFFIXES) and not _is_own(file, folder, out)
    )
    if not sources:
        raise UserError(f"{folder} holds no pictures (.png, .jpg, .webp, …) and no videos")
    return {source: _goal(source, goal / source.relative_to(folder)) for source in sources}


def _goal(source: Path, place: Path) -> Path:
    return place.with_suffix(suffix_of_result(source, is_picture_file(source)))


def _is_own(path: Path, folder: Path, target: Path) -> bool:
    """Whether a file lies in `target`, and that in `folder`: an earlier result."""
    own = target.resolve()
    return folder.resolve() in own.parents and own in path.resolve().parents


def _warn_of_raw_photos(files: Sequence[Path]) -> None:
    if found := [file for file in files if file.suffix.lower() in RAW_SUFFIXES]:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        reason = "raw photos of cameras; export JPEGs or TIFFs from them"
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
