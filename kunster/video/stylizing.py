"""Stylizes the frames of a source and writes them."""

from collections.abc import Callable
from functools import partial
from math import inf
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kunster.console.progress import ProgressLine
from kunster.errors import UserError
from kunster.machine.cores import cores
from kunster.video.audio import sound_tracks
from kunster.video.engines import Engine
from kunster.video.looks import Look
from kunster.video.sizes import pixel_aspect
from kunster.video.source import Frame, Size, Source, scaled
from kunster.video.worker_threads import AHEAD, run
from kunster.video.writer import writing_video

# a picture, uint8 RGB (H, W, 3), when it is shown and for how long, in ticks of the source
Write = Callable[[np.ndarray, int, int], object]


class Painted(NamedTuple):
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
) -> int:
    """Stylizes all frames of a source in order; returns their number.

    Args:
        engine: made for the size at which the network sees the frames.
        size: (height, width) of the output; the engine's output is scaled to it, and photos for
            the look are read at it.
        write: called with picture, pts and duration.
    """
    done = 0

    def sink(painted: Painted) -> None:
        nonlocal done
        write(*painted)
        done += 1
        if progress.due():
            progress.say(done, f"{progress.rate(done):.1f} FPS")

    needs_photo = size != engine.size and not look.is_plain
    frames = source.frames(engine.size, size if needs_photo else None)
    ahead = 0 if source.live else AHEAD
    run(frames, partial(paint, engine, look, size), engine.streams, sink, ahead)
    return done


def paint(engine: Engine, look: Look, size: Size, frame: Frame) -> Painted:
    stylized = scaled(engine(frame.picture), size)
    picture = stylized if look.is_plain else look(frame.photo, stylized)
    return Painted(picture, frame.pts, frame.duration)


def stylize_to_file(
    source: Source,
    target: Path,
    engine: Engine,
    look: Look,
    size: Size,
    quality: int,
    progress: ProgressLine,
    show: Write | None = None,
) -> int:
    """Stylizes all frames of a source into an H.264 file, with the sound of the source.

    Times, colour range and shape are those of the source. `show` is called with each frame written.

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
    )
    with writing as (writer, container), sound_tracks(source.sound, container) as write_sound_until:

        def write(picture: np.ndarray, pts: int, duration: int) -> None:
            write_sound_until(float(pts * source.time_base))
            writer.write(picture, pts, duration)
            if show is not None:
                show(picture, pts, duration)

        frames = stylize_frames(source, engine, look, size, write, progress)
        if not frames:
            raise UserError(f"{target}: there are no frames to write")
        write_sound_until(inf)
    return frames
