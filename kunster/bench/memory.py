"""Does a long video take more memory than a short one, and does all of it come through?

The real command in a process of its own, on the benchmark's clip played over and over.
"""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np

from kunster.data.video_file import open_video
from kunster.errors import UserError
from kunster.files.replacing import replacing

SOUND_RATE, SOUND_BLOCK = 48_000, 1024  # Hz, and samples of an AAC packet
HERTZ = 440.0
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes, of getrusage's ru_maxrss


@dataclass(frozen=True)
class Contents:
    """What is in a video file: frames, seconds, and a digest of its sound's packets."""

    frames: int
    seconds: float
    sound: str


@dataclass(frozen=True)
class Passage:
    """A video of some length, stylized.

    Attributes:
        peak: bytes of memory at the most.
        took: seconds.
    """

    given: Contents
    came: Contents
    peak: int
    took: float

    @property
    def whole(self) -> bool:
        """Every frame, all the sound unchanged, and as long, to a frame."""
        frame = self.given.seconds / self.given.frames
        return (
            self.given.frames == self.came.frames
            and self.given.sound == self.came.sound
            and abs(self.given.seconds - self.came.seconds) <= frame
        )


def passages(model: str, clip: Path, lengths: Sequence[float]) -> list[Passage]:
    """The clip, repeated to each of the lengths in seconds, with a tone, through `kunster.stylize`.

    Raises:
        UserError: the clip is no video, or the command did not end well.
    """
    with TemporaryDirectory() as folder:
        source, target = Path(folder) / "source.mp4", Path(folder) / "stylized.mp4"
        found = []
        for seconds in lengths:
            write_repeated(clip, source, seconds)
            peak, took = _stylized(source, target, model)
            found.append(Passage(contents_of(source), contents_of(target), peak, took))
        return found


def write_repeated(clip: Path, target: Path, seconds: float) -> None:
    """The clip over and over, its packets as they are, cut after `seconds`, and a tone as long."""
    with replacing(target) as part, av.open(str(part), "w", format="mp4") as output:
        with open_video(clip) as first:
            stream = output.add_stream_from_template(first.streams.video[0])
        tone = output.add_stream("aac", rate=SOUND_RATE, layout="mono")
        waves = _waves(seconds)
        for second, packet in _repeated(clip, seconds):
            packet.stream = stream
            output.mux(packet)
            for begins, wave in waves:
                output.mux(tone.encode(wave))
                if begins > second:
                    break
        output.mux(tone.encode(None))


def contents_of(path: Path) -> Contents:
    """By its packets; nothing is decoded."""
    digest, frames, end = hashlib.sha256(), 0, Fraction(0)
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.pts is None:
                continue
            if packet.stream.type == "audio":
                digest.update(bytes(packet))
            else:
                frames += 1
                end = max(end, (packet.pts + (packet.duration or 0)) * packet.time_base)
    return Contents(frames, float(end), digest.hexdigest())


def _repeated(clip: Path, seconds: float) -> Iterator[tuple[Fraction, av.Packet]]:
    """Packets of its video, and when each is decoded; in that order none lacks what it needs."""
    begins = 0
    while True:
        end = begins
        with open_video(clip) as container:
            for packet in container.demux(container.streams.video[0]):
                if packet.pts is None or packet.dts is None:
                    continue
                packet.pts, packet.dts = packet.pts + begins, packet.dts + begins
                end = max(end, packet.pts + (packet.duration or 0))
                second = packet.dts * packet.time_base
                if second >= seconds:
                    return
                yield second, packet
        if end == begins:
            raise UserError(f"{clip}: its frames have no times, so it cannot be played on and on")
        begins = end


def _waves(seconds: float) -> Iterator[tuple[float, av.AudioFrame]]:
    """When each begins, and the samples."""
    for number in range(int(seconds * SOUND_RATE / SOUND_BLOCK)):
        samples = np.arange(number * SOUND_BLOCK, (number + 1) * SOUND_BLOCK) / SOUND_RATE
        wave = np.sin(2 * np.pi * HERTZ * samples)[None].astype(np.float32) / 4
        frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
        frame.rate, frame.time_base = SOUND_RATE, Fraction(1, SOUND_RATE)
        frame.pts = number * SOUND_BLOCK
        yield float(samples[0]), frame


def _stylized(source: Path, target: Path, model: str) -> tuple[int, float]:
    """Bytes at the most, and seconds."""
    words = [sys.executable, "-m", "kunster.stylize", str(source), str(target), "--overwrite"]
    began = time.perf_counter()
    process = subprocess.Popen([*words, "--model", model, "--size", "480x320"])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise UserError(f"kunster.stylize ended with {process.returncode}; its words are above")
    return usage.ru_maxrss * MAXRSS_UNIT, time.perf_counter() - began
