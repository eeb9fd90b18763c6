"""Frames a second of a network on a video: by Table II's protocol, and as public scripts do it.

The protocol takes the average over the whole video, decoding and resizing included, and writes
nothing.
"""

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import cv2
import numpy as np
import torch

from kunster.console.options import QUALITY
from kunster.console.progress import ProgressLine
from kunster.errors import UserError
from kunster.machine.cores import cores
from kunster.networks.stylizer import Stylizer, stylize
from kunster.pictures.images import as_image
from kunster.video.choose_engine import build_engine
from kunster.video.engines import Engine
from kunster.video.looks import Look
from kunster.video.reader import VideoReader
from kunster.video.source import Frame, Size
from kunster.video.steady import Steady
from kunster.video.stylizing import stylize_frames, stylize_to_file
from kunster.video.worker_threads import run
from kunster.video.writer import writing_video

WARM_UP = 4  # frames before the clock starts: engines compile at the first
ALONE = 96  # frames by which the network, or the encoder, is timed by itself
COMPARED = 4  # frames by which an engine is compared with float32


class Speeds(NamedTuple):
    """Frames a second.

    Attributes:
        whole: from the file to stylized frames.
        network: the network alone, on frames in memory.
    """

    whole: float
    network: float


class Difference(NamedTuple):
    """Difference of an engine's bytes to float32, in steps of 1/255."""

    mean: float
    maximum: float


def engine_of(network: Stylizer, size: Size, choice: str) -> Engine:
    """The engine that `kunster stylize` takes for a video, after a few frames."""
    engine = build_engine(network, size, choice, streams=cores())
    frames = [np.full((*size, 3), 127, np.uint8)] * (WARM_UP * engine.streams)
    run(frames, engine, engine.streams, lambda _: None)
    return engine


def playback(engine: Engine, video: Path, title: str) -> Speeds:
    """Speeds on the whole video; `title` stands before the progress line."""
    whole = played(engine, video, title)
    frames = frames_in_memory(video, engine.size)
    began = time.perf_counter()
    run(frames, engine, engine.streams, lambda _: None)
    return Speeds(whole, len(frames) / (time.perf_counter() - began))


class _Beginning(VideoReader):
    """The first frames of a video."""

    def __init__(self, video: Path, most: int | None) -> None:
        super().__init__(video)
        self._most = most

    def frames(self, size: Size, photo_size: Size | None = None) -> Generator[Frame, None, None]:
        with closing(super().frames(size, photo_size)) as frames:
            yield from islice(frames, self._most)


def played(
    engine: Engine, video: Path, title: str, steady: float = 0, most: int | None = None
) -> float:
    """Frames a second from the file to stylized frames, held still by `steady`.

    Args:
        most: as many frames, at most; None plays the whole video.
    """
    began = time.perf_counter()
    with (
        closing(_Beginning(video, most)) as source,
        closing(ProgressLine(title, source.frames_announced)) as progress,
    ):
        how = Look(), engine.size, _nowhere, progress, Steady(steady)
        count = stylize_frames(source, engine, *how)
    return count / (time.perf_counter() - began)


def recording(engine: Engine, video: Path, title: str) -> float:
    """Frames a second with H.264 and the sound written as `kunster stylize` writes them."""
    with TemporaryDirectory() as folder:
        target, began = Path(folder) / "stylized.mp4", time.perf_counter()
        with (
            closing(VideoReader(video)) as source,
            closing(ProgressLine(title, source.frames_announced)) as progress,
        ):
            count = stylize_to_file(source, target, engine, Look(), engine.size, QUALITY, progress)
        return count / (time.perf_counter() - began)


def decoding(video: Path, size: Size) -> float:
    """Frames a second of decoding and resizing alone."""
    began = time.perf_counter()
    with closing(VideoReader(video)) as source:
        count = sum(1 for _ in source.frames(size))
    return count / (time.perf_counter() - began)


def encoding(video: Path, size: Size) -> float:
    """Frames a second of encoding as H.264 alone."""
    frames = frames_in_memory(video, size)
    with TemporaryDirectory() as folder:
        target, began = Path(folder) / "encoded.mp4", time.perf_counter()
        with writing_video(target, size, 25, quality=QUALITY, speed="fast") as (writer, _):
            for number, frame in enumerate(frames):
                writer.write(frame, number)
        return len(frames) / (time.perf_counter() - began)


def plain_playback(network: Stylizer, video: Path, size: Size, seconds: float) -> float:
    """Frames a second over the first `seconds`, done as public example scripts do.

    OpenCV reads and resizes, PyTorch runs the network in float32 as it was trained, frame by frame.
    """
    with torch.inference_mode():
        frames = _plainly_read(video, size)
        _plainly_stylized(network, next(frames))
        count, began = 0, time.perf_counter()
        for frame in frames:
            _plainly_stylized(network, frame)
            count += 1
            if time.perf_counter() - began > seconds:
                break
        return count / (time.perf_counter() - began)


def difference(network: Stylizer, engine: Engine, video: Path) -> Difference:
    """Difference of the engine to float32, over a few frames of the first seconds."""
    errors = []
    with torch.inference_mode():
        for frame in frames_in_memory(video, engine.size)[:: ALONE // COMPARED]:
            exact = 255 * stylize(network, as_image(frame))[0].permute(1, 2, 0).numpy()
            errors.append(np.abs(engine(frame) - exact))
    return Difference(float(np.mean(errors)), float(np.max(errors)))


def check_video(video: Path) -> None:
    """Raises UserError for a file that is no video, or one too short to measure anything by."""
    count = len(frames_in_memory(video, (64, 64)))
    if count < ALONE:
        raise UserError(f"{video}: {count} frames; {ALONE} or more are needed to measure by")


def frames_in_memory(video: Path, size: Size) -> list[np.ndarray]:
    """The first frames of a video at (height, width), uint8 RGB."""
    with closing(VideoReader(video)) as source, closing(source.frames(size)) as frames:
        return [frame.picture for frame in islice(frames, ALONE)]


def _plainly_read(video: Path, size: Size) -> Iterator[np.ndarray]:
    capture = cv2.VideoCapture(str(video))
    try:
        while True:
            there, frame = capture.read()
            if not there:
                return
            yield cv2.cvtColor(cv2.resize(frame, size[::-1]), cv2.COLOR_BGR2RGB)
    finally:
        capture.release()


def _plainly_stylized(network: Stylizer, frame: np.ndarray) -> np.ndarray:
    tensor = torch.from_numpy(frame).permute(2, 0, 1)[None].float() / 255
    stylized = network(tensor).clamp(0, 1)[0].permute(1, 2, 0)
    return (255 * stylized).byte().numpy()  # type: ignore[no-any-return]


def _nowhere(picture: np.ndarray, pts: int, duration: int) -> None:
    """Drops a frame."""
