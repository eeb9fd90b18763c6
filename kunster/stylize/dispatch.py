"""Calls the function for the kind of IN, once it is checked that the options and OUT fit it."""

import re
from argparse import Namespace
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from kunster.console.options import QUALITY, STEADY
from kunster.data.animation import is_moving
from kunster.errors import UserError
from kunster.files.local_path import local_path
from kunster.files.replacing import check_apart
from kunster.stylize import jobs
from kunster.stylize.files import stylize_files, stylize_photo
from kunster.stylize.folder import is_picture_file, planned, planned_each
from kunster.stylize.inputs import files_and_folders
from kunster.stylize.naming import default_out
from kunster.stylize.options import RATE
from kunster.stylize.photos import FORMATS
from kunster.stylize.request import Request
from kunster.video import moving_pictures
from kunster.video.codecs import FORMATS as VIDEOS
from kunster.video.sizes import parsed_sides

PIPE = "-"
SLOWEST, FASTEST = 0.001, 1000.0  # frames a second; files tell them apart down to 1/1001


def stylize(options: Namespace, request: Request, style: str) -> None:
    """Stylizes IN, or with --out several; without OUT the result is named for the style."""
    camera = re.fullmatch(r"camera:(\d+)", options.source)
    if options.source != PIPE and (options.raw or options.fps != RATE):
        name = "--raw" if options.raw else "--fps"
        raise UserError(f"{name}: of frames from stdin; IN is - then, not {options.source}")
    if options.virtual_camera and not camera:
        raise UserError(f"--virtual-camera: of a camera; IN is camera:0 then, not {options.source}")
    if len(options.more) > 1 and not options.out:
        raise UserError(f"{options.more[1]}: is one word too many; several IN go with --out FOLDER")
    out = options.more[0] if options.more else None
    if camera or options.source == PIPE:
        _stylize_live(options, request, out, int(camera[1]) if camera else None)
    elif options.out:
        sources = files_and_folders([options.source, *options.more])
        _stylize_several(options, sources, options.out, request)
    else:
        source = _only(files_and_folders([options.source]), options.source)
        picture = source.is_file() and is_picture_file(source)
        out = out or str(default_out(source, style, picture))
        if source.is_dir():
            _stylize_several(options, [source], _folder_for(source, out), request, mirrored=True)
        else:
            _stylize_file(options, source, picture, out, request)


def _only(sources: list[Path], word: str) -> Path:
    if len(sources) > 1:
        raise UserError(f"{word}: {len(sources)} files fit; several go with --out FOLDER")
    return sources[0]


def _folder_for(source: Path, out: str) -> Path:
    if out == PIPE:
        raise UserError(f"{source}: pictures do not go into a pipe; give OUT as a folder")
    target = local_path(out)
    check_apart(source, target)
    return target


def _stylize_live(
    options: Namespace, request: Request, out: str | None, camera: int | None
) -> None:
    """A camera, or frames from stdin."""
    if options.out:
        raise UserError(f"--out: of files and folders; IN is {options.source}")
    _check_film(options, is_film=False)
    if camera is not None:
        _check_quality(options, [out] if out else [])
        jobs.stylize_camera(camera, _target(out), request)
        return
    if out is None:
        raise UserError(f"{PIPE}: OUT is missing: give a file or -")
    _check_quality(options, [out])
    jobs.stylize_pipe(*_raw(options), _target(out), request)


def _stylize_several(
    options: Namespace, sources: list[Path], target: Path, request: Request, mirrored: bool = False
) -> None:
    """Files and folders, into a folder; `mirrored` a folder's files go there without its name."""
    if target.exists() and not target.is_dir():
        raise UserError(f"{target}: is a file; several pictures and videos go into a folder")
    plans = [planned(sources[0], target)] if mirrored else planned_each(sources, target)
    goals = [goal for plan in plans for goal in plan.values()]
    films = any(goal.suffix.lower() in VIDEOS for goal in goals)
    _check_film(options, films)
    if not films:
        _check_quality(options, [target])
    stylize_files(plans, request)


def _stylize_file(
    options: Namespace, source: Path, picture: bool, out: str, request: Request
) -> None:
    _check_quality(options, [out])
    suffix = Path(out).suffix.lower()
    if out != PIPE:
        check_apart(source, local_path(out))
    if not picture:
        if suffix in set(FORMATS) - {".gif", ".apng", ".webp"}:
            raise UserError(f"{source}: is no picture, {out} is one; videos become videos")
        jobs.stylize_video(source, _target(out), request)
        return
    _check_film(options, is_film=False)
    target = _target(out)
    if target is None:
        raise UserError(f"{source}: pictures do not go into a pipe; give OUT as a file or a folder")
    if is_moving(source) and suffix in (*moving_pictures.FORMATS, *VIDEOS):
        jobs.stylize_moving_picture(source, target, request)
        return
    if suffix in VIDEOS:
        raise UserError(f"{source}: is no video, {target} is one; pictures become pictures")
    if options.steady not in (0, STEADY):
        raise UserError(f"--steady: of videos and their frames; {source} is one picture")
    stylize_photo(source, target, request)


def _check_film(options: Namespace, is_film: bool) -> None:
    """Refuses what is asked of a film alone, where IN is something else."""
    if options.interlaced != "whole" and not is_film:
        raise UserError(f"--interlaced: of films; IN is {options.source}")


def _check_quality(options: Namespace, outs: Iterable[str | Path]) -> None:
    """Refuses --quality where OUT is no video file."""
    for out in outs:
        if options.quality != QUALITY and Path(out).suffix.lower() not in VIDEOS:
            raise UserError(f"--quality: of {', '.join(VIDEOS)}; OUT is {out}")


def _target(out: str | None) -> Path | None:
    """Output path; None for a pipe, or for a camera's window alone."""
    return None if out in (None, PIPE) else local_path(out)


def _raw(options: Namespace) -> tuple[tuple[int, int], Fraction]:
    """(height, width) and rate of raw frames."""
    sides = parsed_sides(options.raw or "")
    if len(sides) != 2:
        raise UserError("-: frames from stdin need their size, width x height: --raw 480x320")
    width, height = sides
    if min(height, width) < 1:
        raise UserError(f"--raw {options.raw}: both sides must be 1 or more")
    if not SLOWEST <= options.fps <= FASTEST:
        raise UserError(f"--fps {options.fps:g}: must be from {SLOWEST:g} to {FASTEST:g}")
    return (height, width), Fraction(options.fps).limit_denominator(1001)
