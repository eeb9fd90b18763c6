"""`kunster stylize IN [OUT] [--model …]`: stylizes pictures, videos, a camera or a pipe."""

import re
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from kunster.console.command import verb
from kunster.console.options import QUALITY, STEADY
from kunster.errors import UserError
from kunster.files.local_path import local_path
from kunster.files.replacing import check_apart
from kunster.stylize.options import RATE, parser

if TYPE_CHECKING:  # what paints takes a second to import: not for --help
    from kunster.stylize.request import Request

PIPE = "-"
SLOWEST, FASTEST = 0.001, 1000.0  # frames a second; files tell them apart down to 1/1001


def _main(options: Namespace) -> None:
    from kunster.assets.trained import DEFAULT
    from kunster.stylize.request import Request
    from kunster.video.looks import Look
    from kunster.video.models import open_change, open_chosen
    from kunster.video.sizes import NetworkSize, Texture
    from kunster.video.steady import Steady

    look = Look(options.strength, options.keep_colors, options.preview)
    size = None if options.size is None else NetworkSize.parse(options.size)
    texture = Texture(options.texture)
    model, change = options.model or DEFAULT, None
    if options.style_from or options.style_to:
        if options.style:
            raise UserError("--style: not beside --style-from and --style-to")
        change, description = open_change(model, options.style_from, options.style_to)
        network = change.at(0)
    else:
        network, description = open_chosen(model, options.style)
    said = description.style if options.model else f"{description.style}, the default style"
    request = Request(
        network=network,
        change=change,
        style=f"{said} ({description.parameters:,} parameters)",
        look=look,
        engine=options.engine,
        size=size,
        texture=texture,
        holding=Steady(options.steady),
        full_size=options.output_size == "source",
        quality=options.quality,
        overwrite=options.overwrite,
        interlaced=options.interlaced == "keep",
        strip=options.strip,
    )
    with _ended_like_ctrl_c(signal.SIGTERM):
        _stylize(options, request, description.style)


@contextmanager
def _ended_like_ctrl_c(number: signal.Signals) -> Iterator[None]:
    """Lets a signal end the block as Ctrl-C does, which leaves no unfinished file."""

    def end(*unused: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(number, end)
    try:
        yield
    finally:
        signal.signal(number, before)


def _stylize(options: Namespace, request: "Request", style: str) -> None:
    """Calls the function for the kind of input; without OUT the result is named for the style."""
    from kunster.data.animation import is_moving
    from kunster.stylize import jobs
    from kunster.stylize.photos import FORMATS
    from kunster.video import moving_pictures
    from kunster.video.codecs import FORMATS as VIDEOS

    if options.source != PIPE and (options.raw or options.fps != RATE):
        name = "--raw" if options.raw else "--fps"
        raise UserError(f"{name}: of frames from stdin; IN is - then, not {options.source}")
    camera = re.fullmatch(r"camera:(\d+)", options.source)
    if options.out is None and not camera:
        options.out = str(_named(options.source, style))
    if (
        options.quality != QUALITY
        and options.out
        and Path(options.out).suffix.lower() not in VIDEOS
    ):
        raise UserError(f"--quality: of {', '.join(VIDEOS)}; OUT is {options.out}")
    if camera:
        _check_film(options)
        jobs.stylize_camera(int(camera[1]), _target(options.out), request)
        return
    if options.source == PIPE:
        _check_film(options)
        jobs.stylize_pipe(*_raw(options), _target(options.out), request)
        return
    source = _existing(options.source)
    if options.out != PIPE:
        check_apart(source, local_path(options.out))
    if not source.is_dir() and not _is_picture(source):
        if Path(options.out).suffix.lower() in set(FORMATS) - {".gif", ".apng", ".webp"}:
            raise UserError(f"{source}: is no picture, {options.out} is one; videos become videos")
        jobs.stylize_video(source, _target(options.out), request)
        return
    _check_film(options)
    target = _target(options.out)
    if target is None:
        raise UserError(f"{source}: pictures do not go into a pipe; give OUT as a file or a folder")
    moves = is_moving(source) and target.suffix.lower() in (*moving_pictures.FORMATS, *VIDEOS)
    if moves:
        jobs.stylize_moving_picture(source, target, request)
        return
    if source.is_file() and target.suffix.lower() in VIDEOS:
        raise UserError(f"{source}: is no video, {target} is one; pictures become pictures")
    if source.is_file() and options.steady not in (0, STEADY):
        raise UserError(f"--steady: of videos and their frames; {source} is one picture")
    (jobs.stylize_folder if source.is_dir() else jobs.stylize_photo)(source, target, request)


def _named(source: str, style: str) -> Path:
    """OUT for an IN that came without one."""
    from kunster.stylize.naming import default_out

    if source == PIPE:
        raise UserError(f"{source}: OUT is missing: give a file or -")
    path = _existing(source)
    return default_out(path, style, path.is_file() and _is_picture(path))


def _existing(source: str) -> Path:
    path = local_path(source)
    if not path.exists():
        raise UserError(f"{path}: no such file, folder or camera (camera:0)")
    return path


def _check_film(options: Namespace) -> None:
    """Refuses what is asked of a film alone, where IN is something else."""
    if options.interlaced != "whole":
        raise UserError(f"--interlaced: of films; IN is {options.source}")


def _is_picture(path: Path) -> bool:
    """By its content; a file that is neither picture nor video goes by its name."""
    from kunster.data.decode import is_picture
    from kunster.data.photos import SUFFIXES
    from kunster.data.video_file import is_video

    if is_picture(path):
        return True
    return path.suffix.lower() in SUFFIXES and not is_video(path)


def _target(out: str | None) -> Path | None:
    """Output path; None for a pipe, or for a camera's window alone."""
    return None if out in (None, PIPE) else local_path(out)


def _raw(options: Namespace) -> tuple[tuple[int, int], Fraction]:
    """(height, width) and rate of raw frames."""
    from kunster.video.sizes import parsed_sides

    sides = parsed_sides(options.raw or "")
    if len(sides) != 2:
        raise UserError("-: frames from stdin need their size, width x height: --raw 480x320")
    width, height = sides
    if min(height, width) < 1:
        raise UserError(f"--raw {options.raw}: both sides must be 1 or more")
    if not SLOWEST <= options.fps <= FASTEST:
        raise UserError(f"--fps {options.fps:g}: must be from {SLOWEST:g} to {FASTEST:g}")
    return (height, width), Fraction(options.fps).limit_denominator(1001)


main = verb(parser, _main, interrupted="interrupted; no unfinished file is left")

if __name__ == "__main__":
    sys.exit(main())
