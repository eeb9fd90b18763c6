"""A function for each kind of input: video, pipe, camera, photo, folder of photos."""

import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import numpy as np

from kunster.console.progress import ProgressLine
from kunster.data.animation import is_moving
from kunster.errors import UserError
from kunster.files.replacing import check_absent
from kunster.machine.cores import cores
from kunster.machine.memory import peak_memory
from kunster.networks.shapes import STRIDE
from kunster.networks.stored import StoredNetwork
from kunster.stylize.folder import are_frames, planned, stylize_pictures
from kunster.stylize.photos import check_suffix, stylize_picture
from kunster.stylize.request import Request
from kunster.video import moving_pictures
from kunster.video.camera import Camera, Window, has_screen
from kunster.video.changing import ChangingEngine
from kunster.video.choose_engine import build_engine
from kunster.video.codecs import WITH_ALPHA
from kunster.video.engines import Engine
from kunster.video.moving_pictures import MovingPicture
from kunster.video.raw import RawReader, RawWriter
from kunster.video.reader import VideoReader
from kunster.video.sizes import NetworkSize
from kunster.video.source import Size, Source
from kunster.video.steady import Steady
from kunster.video.stylizing import stylize_frames, stylize_to_file, stylize_to_moving_picture
from kunster.video.tiled_engine import TiledEngine, picture_engine
from kunster.video.writer import check_format

VIDEO_SIZE = NetworkSize(short_side=480)
OWN_SIZE = NetworkSize()
MOST_STREAMS = 4  # frames processed at the same time: each takes memory
MOST_NAMED = 5  # of the pictures that could not be used
SIZES_KEPT = 4  # of the engines for a folder: upright and lying, of two cameras


def stylize_video(path: Path, target: Path | None, request: Request) -> None:
    """Stylizes a video file into an H.264 file with its sound, or to stdout as raw frames."""
    _check_video(target, request)
    with closing(VideoReader(path, request.interlaced, _has_alpha(target, request))) as source:
        _stylize(source, path.name, target, request, VIDEO_SIZE)


def stylize_moving_picture(path: Path, target: Path, request: Request) -> None:
    """Stylizes a GIF, APNG or WebP into one of these, or into a video file."""
    _check_video(target, request)
    source = MovingPicture(path, _has_alpha(target, request))
    _stylize(source, path.name, target, request, OWN_SIZE)


def _has_alpha(target: Path | None, request: Request) -> bool:
    """Whether the output keeps transparency."""
    if target is None or request.look.preview:
        return False
    return target.suffix.lower() in (*WITH_ALPHA, *moving_pictures.FORMATS)


def stylize_pipe(size: Size, rate: Fraction, target: Path | None, request: Request) -> None:
    """Stylizes raw frames of (height, width) from stdin into an H.264 file, or to stdout."""
    _check_video(target, request)
    if sys.stdin is None or sys.stdin.isatty():
        raise UserError("-: no frames come in; put a program that writes them before a |")
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as stream:
        _stylize(RawReader(stream, size, rate), "stdin", target, request, OWN_SIZE)


def stylize_camera(number: int, target: Path | None, request: Request) -> None:
    """Shows a stylized camera in a window, and records it if there is a target, until ended."""
    _check_video(target, request)
    camera = Camera(number)
    window = Window(request.holding) if target is None or has_screen() else None

    def show(picture: np.ndarray, pts: int, duration: int) -> None:
        if window is not None and not window.show(picture):
            camera.stop()

    with _ended_by_ctrl_c(camera):
        _stylize(camera, f"camera:{number}", target, request, VIDEO_SIZE, show)


def stylize_photo(path: Path, target: Path, request: Request) -> None:
    check_suffix(target)
    check_absent([target], request.overwrite)
    _stylize_photos({path: target}, request)


def stylize_folder(folder: Path, target: Path, request: Request) -> None:
    """Stylizes all pictures in a folder and below, to the same places below `target`.

    Raises:
        UserError: some could not be used; raised after all others are done.
    """
    if target.exists() and not target.is_dir():
        raise UserError(f"{target}: is a file; the pictures of a folder go into a folder")
    plan = planned(folder, target)
    check_absent(plan.values(), request.overwrite)
    still = request.holding if request.holding.amount and are_frames(list(plan)) else None
    if still:
        request.say(
            f"{folder}: {len(plan)} frames of a video; --steady 0 takes them for single pictures"
        )
    _stylize_photos(plan, request, still)


def _stylize(
    source: Source,
    title: str,
    target: Path | None,
    request: Request,
    default: NetworkSize,
    show: Callable[[np.ndarray, int, int], object] | None = None,
) -> None:
    """Stylizes a source into a file; without a target calls `show`, by default to stdout."""
    size = (request.size or default).of(source.size, STRIDE)
    shown = source.size if request.full_size else size
    seen = request.texture.seen(size, STRIDE)
    streams = 1 if source.live else min(cores(), MOST_STREAMS)
    engine = _engine(source, title, seen, request, streams)
    request.say(
        f"{request.style} on {engine.name}; "
        f"{_by(source.size)} in, {_by(seen)} in the network, {_by(shown)} out"
    )
    began = time.monotonic()
    with closing(ProgressLine(title, source.frames_announced)) as progress:
        if target is None:
            write = show or RawWriter(sys.stdout.buffer).write
            how = engine, request.look, shown, write, progress
            frames = stylize_frames(source, *how, request.holding)
        elif target.suffix.lower() in moving_pictures.FORMATS:
            to_picture = engine, request.look, shown, progress, request.holding
            frames = stylize_to_moving_picture(source, target, *to_picture)
        else:
            to_file = engine, request.look, shown, request.quality, progress, show
            frames = stylize_to_file(source, target, *to_file, request.holding, request.strip)
    seconds = time.monotonic() - began
    done = f"{frames} frames in {seconds:.1f} s, {frames / seconds:.1f} FPS"
    if target is None:
        request.say(done)
    elif not request.quiet:
        print(f"{target}  {done}")


def _engine(source: Source, title: str, size: Size, request: Request, streams: int) -> Engine:
    """The engine of a request for a source, whose style may change."""

    def build(network: StoredNetwork) -> Engine:
        return build_engine(network, size, request.engine, streams)

    if request.change is None:
        return build(request.network)
    if source.frames_announced is None:
        raise UserError(f"--style-to: nobody knows how long {title} is; --style takes one style")
    return ChangingEngine(request.change, source.frames_announced, build)


def _stylize_photos(
    plan: Mapping[Path, Path], request: Request, still: Steady | None = None
) -> None:
    """Stylizes pictures; `still` holds the strokes of those that are frames of a video."""
    if request.change is not None:
        raise UserError("--style-to: styles change in videos; for pictures --style takes a mixture")
    names: set[str] = set()
    tiled: list[bool] = []

    @lru_cache(SIZES_KEPT)
    def engine_for(size: Size) -> Engine:
        engine = picture_engine(request.network, size, request.engine)
        if engine.name not in names:
            request.say(f"{request.style} on {engine.name}")
        names.add(engine.name)
        tiled.append(isinstance(engine, TiledEngine))
        return engine

    def painter_for(size: Size) -> Callable[[np.ndarray], np.ndarray]:
        engine = engine_for(size)
        return (lambda frame: still.follow(frame, engine(frame))) if still else engine

    def stylize(path: Path, goal: Path) -> None:
        if goal.suffix.lower() in moving_pictures.FORMATS and is_moving(path):
            stylize_moving_picture(path, goal, replace(request, quiet=True))
            return
        size = request.size or OWN_SIZE
        how = request.look, size, request.full_size, request.texture
        stylize_picture(path, goal, painter_for, *how, strip=request.strip)

    with closing(ProgressLine("pictures", len(plan))) as progress:
        unusable = stylize_pictures(plan, stylize, progress)
    if any(tiled) and (peak := peak_memory()):
        request.say(f"{peak / 1e9:.1f} GB of memory at most")
    if unusable:
        named = [str(error) for error in unusable[:MOST_NAMED]]
        count = [f"not stylized: {len(unusable)} of {len(plan)}"] if len(plan) > 1 else []
        raise UserError("\n".join(named + count))
    print(next(iter(plan.values())) if len(plan) == 1 else f"{len(plan)} pictures")


def _check_video(target: Path | None, request: Request) -> None:
    """Validates the output path, before anything takes time."""
    if target is not None:
        if target.suffix.lower() not in moving_pictures.FORMATS:
            check_format(target, request.quality)
        check_absent([target], request.overwrite)


@contextmanager
def _ended_by_ctrl_c(camera: Camera) -> Iterator[None]:
    """Lets Ctrl-C end a recording without failure; a second one interrupts as usual."""

    def end(*unused: object) -> None:
        camera.stop()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _by(size: Size) -> str:
    return f"{size[1]}x{size[0]}"
