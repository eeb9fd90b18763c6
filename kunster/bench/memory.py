"""Memory of `kunster stylize` on a long and on a short video, and whether both come out whole.

The command runs in a process of its own, on the benchmark's clip played over and over.
"""

import hashlib
import os
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np

from kunster.bench.clip import own_clip
from kunster.data.video_file import open_video
from kunster.errors import UserError
from kunster.files.replacing import replacing
from kunster.machine.memory import MAXRSS_UNIT
from kunster.video.models import open_chosen

SOUND_RATE, SOUND_BLOCK = 48_000, 1024  # Hz, and samples of an AAC packet
HERTZ = 440.0


def measure(options: Namespace) -> dict[str, Any]:
    from rich.console import Console
    from rich.table import Table

    lengths = options.short, options.long
    if not 0 < options.short <= options.long:
        raise UserError("--short and --long: seconds, more than 0, the longer not the shorter")
    open_chosen(options.model)  # refused now, not by the command below
    clip = options.video or own_clip()
    open_video(clip).close()
    found = passages(options.model, clip, lengths)
    table = Table("seconds", "frames in, out", "sound", "peak memory", "FPS", box=None)
    for each in found:
        table.add_row(
            f"{each.given.seconds:.2f}, {each.came.seconds:.2f}",
            f"{each.given.frames}, {each.came.frames}",
            "the same" if each.given.sound == each.came.sound else "DIFFERS",
            f"{each.peak / 2**20:.0f} MiB",
            f"{each.came.frames / each.took:.0f}",
        )
    Console().print(table)
    more = found[1].peak / found[0].peak - 1
    Console().print(f"{more:+.1%} memory for the longer; FPS with the start of the program")
    return {"passages": [asdict(each) | {"whole": each.whole} for each in found], "more": more}


@dataclass(frozen=True)
class Contents:
    """Frames and seconds of a video file, and a digest of the packets of its sound."""

    frames: int
    seconds: float
    sound: str


@dataclass(frozen=True)
class Passage:
    """A stylized video.

    Attributes:
        peak: bytes of memory.
        took: seconds.
    """

    given: Contents
    came: Contents
    peak: int
    took: float

    @property
    def whole(self) -> bool:
        """No frame is missing, the sound is unchanged, the lengths differ by a frame at most."""
        frame = self.given.seconds / self.given.frames
        return (
            self.given.frames == self.came.frames
            and self.given.sound == self.came.sound
            and abs(self.given.seconds - self.came.seconds) <= frame
        )


def passages(model: str, clip: Path, lengths: Sequence[float]) -> list[Passage]:
    """Runs `kunster stylize` on the clip, repeated to each length in seconds, with a tone.

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
    """Repeats the packets of the clip for `seconds`, and adds a tone."""
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
    """Reads the packets of a file; decodes nothing."""
    digest, shown, lasting = hashlib.sha256(), list[Fraction](), list[Fraction]()
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.pts is None:
                continue
            if packet.stream.type == "audio":
                digest.update(bytes(packet))
            else:
                shown.append(packet.pts * packet.time_base)
                lasting.append((packet.duration or 0) * packet.time_base)
    # in MP4 the last to be decoded is not the last to be shown, and lasts until that has ended
    return Contents(len(shown), float(max(shown) + min(lasting)), digest.hexdigest())


def _repeated(clip: Path, seconds: float) -> Iterator[tuple[Fraction, "av.Packet[Any]"]]:
    """Packets of the video, in decoding order, and the second at which each is decoded."""
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
    """Blocks of the tone, and the second at which each begins."""
    for number in range(int(seconds * SOUND_RATE / SOUND_BLOCK)):
        samples = np.arange(number * SOUND_BLOCK, (number + 1) * SOUND_BLOCK) / SOUND_RATE
        wave = np.sin(2 * np.pi * HERTZ * samples)[None].astype(np.float32) / 4
        frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
        frame.rate, frame.time_base = SOUND_RATE, Fraction(1, SOUND_RATE)
        frame.pts = number * SOUND_BLOCK
        yield float(samples[0]), frame


def _stylized(source: Path, target: Path, model: str) -> tuple[int, float]:
    """Runs the command; its peak memory in bytes, and seconds."""
    words = [sys.executable, "-m", "kunster.stylize", str(source), str(target), "--overwrite"]
    began = time.perf_counter()
    process = subprocess.Popen([*words, "--model", model, "--size", "480x320"])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise UserError(f"kunster.stylize ended with {process.returncode}; its words are above")
    return usage.ru_maxrss * MAXRSS_UNIT, time.perf_counter() - began
