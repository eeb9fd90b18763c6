"""Stylizes the frames of a source and writes them."""

from collections.abc import Callable, Generator
from contextlib import closing
from functools import partial
from math import inf
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kunster.console.progress import ProgressLine
from kunster.errors import UserError
from kunster.machine.cores import cores
from kunster.pictures.images import check_sides, with_alpha
from kunster.video.audio import sound_tracks
from kunster.video.engines import Engine
from kunster.video.flow import Motion, Seen, follow
from kunster.video.looks import Look
from kunster.video.moving_pictures import writing_moving_picture
from kunster.video.sizes import pixel_aspect
from kunster.video.source import Frame, Size, Source, scaled
from kunster.video.steady import Steady
from kunster.video.worker_threads import AHEAD, run, worked_on
from kunster.video.writer import writing_video

# a picture, uint8 RGB (H, W, 3), when it is shown and for how long, in ticks of the source
Write = Callable[[np.ndarray, int, int], object]


class Moved(NamedTuple):
    """A frame, its number, and what was seen of it and of the one before; None: nobody follows."""

    frame: Frame
    number: int
    before: Seen | None
    after: Seen | None


class Painted(NamedTuple):
    """A frame, its stylized picture, and the motion to it; None: it starts anew."""

    frame: Frame
    stylized: np.ndarray
    motion: Motion | None


class Finished(NamedTuple):
    """A finished frame: uint8 RGB (H, W, 3), and when it is shown, in ticks of the source."""

    picture: np.ndarray
    pts: int
    duration: int


def stylize_frames(
    source: Source,
    engine: Engine,
    look: Look,
    size: Size,
    write: Write,
    progress: ProgressLine,
    holding: Steady | None = None,
) -> int:
    """Stylizes all frames of a source in order; returns their number.

    The network and the motion of the input are computed for several frames at the same time, then
    one after the other is held still, and several are finished at the same time.

    Args:
        engine: made for the size at which the network sees the frames.
        size: (height, width) of the output; the engine's output is scaled to it, and photos for
            the look are read at it.
        write: called with picture, pts and duration.
        holding: holds the strokes still; its amount may change meanwhile. None leaves each frame
            by itself.
    """
    held, done = holding or Steady(0), 0

    def sink(finished: Finished) -> None:
        nonlocal done
        write(*finished)
        done += 1
        if progress.due():
            progress.say(done, f"{progress.rate(done):.1f} FPS")

    needs_photo = size != engine.size and (source.live or not look.is_plain)
    frames = source.frames(engine.size, size if needs_photo else None)
    ahead = 0 if source.live else AHEAD
    pairs = _paired(frames, held)
    shown = _held(pairs, partial(paint, engine), held, engine.streams, ahead)
    run(shown, partial(finish, look, size), engine.streams, sink, ahead)
    return done


def paint(engine: Engine, moved: Moved) -> Painted:
    """The picture of a frame, and the motion to it."""
    frame, number, before, after = moved
    motion = follow(before, after) if before and after else None
    return Painted(frame, engine.at(number)(frame.picture), motion)


def finish(look: Look, size: Size, painted: Painted) -> Finished:
    """The frame at the size of the output, with its look."""
    frame = painted.frame
    stylized = scaled(painted.stylized, size)
    picture = stylized if look.is_plain else look(frame.photo, stylized)
    if frame.alpha is not None:
        picture = with_alpha(picture, frame.alpha)
    return Finished(picture, frame.pts, frame.duration)


def _paired(frames: Generator[Frame, None, None], holding: Steady) -> Generator[Moved, None, None]:
    """Each frame with what was seen of it and of the one before, while strokes are held."""
    before = None
    with closing(frames):
        for number, frame in enumerate(frames):
            after = Seen.of(frame.picture) if holding.amount else None
            yield Moved(frame, number, before, after)
            before = after


def _held(
    pairs: Generator[Moved, None, None],
    work: Callable[[Moved], Painted],
    holding: Steady,
    streams: int,
    ahead: int,
) -> Generator[Painted, None, None]:
    """Painted frames in order, each held still."""
    with closing(worked_on(pairs, work, streams, ahead)) as painted:
        for each in painted:
            yield each._replace(stylized=holding(each.stylized, each.motion))


def stylize_to_moving_picture(
    source: Source,
    target: Path,
    engine: Engine,
    look: Look,
    size: Size,
    progress: ProgressLine,
    holding: Steady | None = None,
) -> int:
    """Stylizes all frames of a source into a GIF, APNG or WebP; returns their number.

    Raises:
        UserError: the format has no sides as long as these; nothing is painted then.
    """
    check_sides((size[0], size[1] * (1 + look.preview)), target)
    with writing_moving_picture(target, source.time_base, source.plays) as write:
        return stylize_frames(source, engine, look, size, write, progress, holding)


def stylize_to_file(
    source: Source,
    target: Path,
    engine: Engine,
    look: Look,
    size: Size,
    quality: int,
    progress: ProgressLine,
    show: Write | None = None,
    holding: Steady | None = None,
    strip: bool = False,
) -> int:
    """Stylizes all frames of a source into a video file, with the sound of the source.

    Times, colour range, shape, tags and chapters are those of the source; `strip` leaves out the
    last two. `show` is called with each frame written.

    Raises:
        UserError: the file cannot be written, or there were no frames for it.
    """
    writing = writing_video(
        target,
        (size[0], size[1] * (1 + look.preview)),
        source.rate,
        time_base=source.time_base,
        quality=quality,
        speed="fast",
        threads=max(1, cores() // 2),
        full_range=source.full_range,
        pixel_aspect=pixel_aspect(source.size, size),
        alpha=source.alpha,
    )
    with (
        writing as (writer, container),
        sound_tracks(source.sound, container, strip) as write_sound_until,
    ):

        def write(picture: np.ndarray, pts: int, duration: int) -> None:
            write_sound_until(float(pts * source.time_base))
            writer.write(picture, pts, duration)
            if show is not None:
                show(picture, pts, duration)

        frames = stylize_frames(source, engine, look, size, write, progress, holding)
        if not frames:
            raise UserError(f"{target}: there are no frames to write")
        write_sound_until(inf)
    return frames
