"""Pixel file of a photo cache: photos one after another, with an entry for each."""

import json
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from typing import BinaryIO, NamedTuple, TextIO

import numpy as np

from kunster.console.progress import ProgressLine
from kunster.data.decode import UnusablePhoto
from kunster.machine.cores import cores


class Source(NamedTuple):
    """Name of a photo, and a function that returns it, uint8 (H, W, 3), or raises UnusablePhoto."""

    name: str
    load: Callable[[], np.ndarray]


class Entry(NamedTuple):
    """Place of a photo in the pixel file; one that was skipped has height 0 and a `note`."""

    name: str
    offset: int
    height: int
    width: int
    crc32: int
    note: str = ""

    @property
    def bytes(self) -> int:
        return self.height * self.width * 3


def end(entries: Sequence[Entry]) -> int:
    """Offset of the next photo, bytes."""
    return entries[-1].offset + entries[-1].bytes if entries else 0


def resume(pixels: BinaryIO, journal: TextIO, names: Sequence[str]) -> list[Entry]:
    """Entries that an interrupted build has finished; truncates both files to these."""
    journal.seek(0)
    lines = journal.readlines()
    done = list(_intact(lines, names, pixels)) if lines else []
    pixels.truncate(end(done))
    journal.seek(0)
    journal.truncate()
    journal.writelines(json.dumps(entry) + "\n" for entry in done)
    return done


def _intact(lines: Sequence[str], names: Sequence[str], pixels: BinaryIO) -> Iterator[Entry]:
    """Entries up to the first one whose pixels are incomplete."""
    offset = pixels.seek(0)
    with closing(ProgressLine("checking photos", len(lines))) as progress:
        for number, (line, name) in enumerate(zip(lines, names, strict=False), start=1):
            try:
                entry = Entry(*json.loads(line))
            except (ValueError, TypeError):  # an incomplete line
                return
            whole = zlib.crc32(pixels.read(entry.bytes)) == entry.crc32
            if not whole or (entry.name, entry.offset) != (name, offset):
                return
            offset += entry.bytes
            yield entry
            if progress.due():
                progress.say(number, "")


def appended(
    sources: Sequence[Source], first: int, pixels: BinaryIO, offset: int
) -> Iterator[Entry]:
    """Decodes the sources from number `first` on and appends their pixels."""
    for source, photo in zip(sources[first:], _decoded(sources, first), strict=True):
        if isinstance(photo, UnusablePhoto):
            entry = Entry(source.name, offset, 0, 0, 0, photo.reason)
        else:
            height, width, _ = photo.shape
            entry = Entry(source.name, offset, height, width, zlib.crc32(photo.data))
            pixels.write(photo.data)
        offset += entry.bytes
        yield entry


def _decoded(sources: Sequence[Source], first: int) -> Iterator[np.ndarray | UnusablePhoto]:
    """Photos decoded in order by threads, a few ahead, so that memory stays constant."""
    workers = cores()
    remaining = islice(sources, first, None)
    progress = ProgressLine("decoding photos", len(sources), first)
    with closing(progress), ThreadPoolExecutor(workers) as pool:
        ahead = deque(pool.submit(_load, source) for source in islice(remaining, 3 * workers))
        for done in range(first, len(sources)):
            yield ahead.popleft().result()
            ahead.extend(pool.submit(_load, source) for source in islice(remaining, 1))
            if progress.due():
                progress.say(done + 1, f"{progress.rate(done + 1):.0f} photos/s")


def _load(source: Source) -> np.ndarray | UnusablePhoto:
    try:
        return np.ascontiguousarray(source.load())
    except UnusablePhoto as unusable:
        return unusable
