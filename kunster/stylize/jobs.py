"""A function for each kind of what moves: video, GIF, pipe, camera."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from fractions import Fraction
from pathlib import Path

import numpy as np

from kunster.console.progress import ProgressLine
from kunster.errors import UserError
from kunster.files.replacing import check_absent
from kunster.machine.cores import cores
from kunster.networks.shapes import STRIDE
from kunster.networks.stored import StoredNetwork
from kunster.stylize.request import Request
from kunster.video import moving_pictures
from kunster.video.camera import Camera, Window, has_screen
from kunster.video.changing import ChangingEngine
from kunster.video.choose_engine import build_engine
from kunster.video.codecs import WITH_ALPHA
from kunster.video.engines import Engine
from kunster.video.live_styles import LiveEngine
from kunster.video.moving_pictures import MovingPicture
from kunster.video.raw import RawReader, RawWriter
from kunster.video.reader import VideoReader
from kunster.video.recorder import Recorder
from kunster.video.sizes import NetworkSize
from kunster.video.source import Size, Source
from kunster.video.stylizing import stylize_frames, stylize_to_file, stylize_to_moving_picture
from kunster.video.virtual_camera import VirtualCamera
from kunster.video.writer import check_format

VIDEO_SIZE = NetworkSize(short_side=480)
OWN_SIZE = NetworkSize()
MOST_STREAMS = 4  # frames processed at the same time: each takes memory


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
    """Shows a stylized camera, and records it if there is a target, until ended.

    It is shown in a window, and to other programs if that is asked for.
    """
    _check_video(target, request)
    camera = Camera(number)
    recorder = Recorder(camera.rate, camera.time_base, request.quality)
    virtual = VirtualCamera(camera.rate) if request.virtual_camera else None
    window = (
        Window(request.look, request.holding, request.styles)
        if has_screen() or not (target or virtual)
        else None
    )

    def show(picture: np.ndarray, pts: int, duration: int) -> None:
        if virtual and (device := virtual.show(picture)):
            request.say(f"other programs see it as {device}")
        if window is None:
            return
        if not window.show(picture):
            camera.stop()
        recorder.follow(window.recording, picture, pts, duration)

    shown_to_others = closing(virtual) if virtual else nullcontext()
    with closing(recorder), shown_to_others, _ended_by_ctrl_c(camera):
        _stylize(camera, f"camera:{number}", target, request, VIDEO_SIZE, show)


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
        followed = request.styles if source.live else None
        return LiveEngine(followed, build) if followed else build(request.network)
    if source.frames_announced is None:
        raise UserError(f"--style-to: nobody knows how long {title} is; --style takes one style")
    return ChangingEngine(request.change, source.frames_announced, build)


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
