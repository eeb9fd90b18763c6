"""Cache of decoded photos in a memory-mapped file, so that training never waits for a JPEG.

A cache is a folder with `photos.u8`, the pixels of one photo after another, and `index.json`, their
offsets and sizes. It is written as `<folder>.partial` with a journal of the photos that are done,
from which an interrupted build resumes, and renamed when it is complete.
"""

import hashlib
import json
import logging
import os
import shutil
import zlib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from filelock import FileLock

from kunster.data.decode import MIN_SIDE
from kunster.data.pixel_file import Entry, Source, appended, end, resume
from kunster.errors import UserError

logger = logging.getLogger(__name__)

VERSION = 2  # of file layout and decoder; a new number invalidates every cache
PIXELS, INDEX, JOURNAL = "photos.u8", "index.json", "journal.jsonl"
NAMED = 10  # skipped photos named in the warning; the rest are counted
CHECKED = 8  # photos whose checksum is verified when a cache is opened
MEMORY_LIMIT = 2**31  # bytes kept in memory if the cache cannot be written
WEIGHED = 100  # photos after which the size of the cache is estimated


class PhotoCache:
    """Sequence of photos, uint8 RGB (H, W, 3), read-only views of the pixel file."""

    def __init__(self, pixels: np.ndarray, entries: Sequence[Entry]) -> None:
        self._pixels = pixels
        self._entries = [entry for entry in entries if entry.bytes]
        self.names = [entry.name for entry in self._entries]

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> np.ndarray:
        entry = self._entries[index]
        flat = self._pixels[entry.offset : entry.offset + entry.bytes]
        return flat.reshape(entry.height, entry.width, 3)


def cache_root() -> Path:
    """`$KUNSTER_CACHE`, or `~/.cache/kunster`."""
    return Path(os.environ.get("KUNSTER_CACHE") or "~/.cache/kunster").expanduser()


def cached_photos(sources: Sequence[Source], origin: str, fingerprint: str) -> PhotoCache:
    """Opens the cache of these sources; builds it if there is none.

    Photos that cannot be used are skipped and listed in one warning. If the cache cannot be
    written, the photos are kept in memory, with a warning.

    Args:
        origin: source of the photos, for messages; a cache replaces an older one of its origin.
        fingerprint: text that changes whenever the photos change.

    Raises:
        UserError: none of the photos can be used, or they fit neither on disk nor in memory.
    """
    folder = cache_folder(cache_root() / "photos", origin, f"{VERSION}\n{fingerprint}")
    try:
        entries, pixels = _open(folder) or _build(folder, sources, origin)
    except OSError as error:
        entries, pixels = _in_memory(sources, origin, error)
    _report_skipped(entries, origin)
    return PhotoCache(pixels, entries)


def cache_folder(group: Path, origin: str, fingerprint: str) -> Path:
    """The folder of a cache: `remove_older` finds those of the same origin by its name."""
    first, second = (hashlib.sha256(text.encode()).hexdigest() for text in (origin, fingerprint))
    return group / f"{first[:12]}-{second[:16]}"


def stamps(files: Sequence[Path], folder: Path) -> str:
    """Name in the folder, size and time of change of each file: a fingerprint of their content."""
    return json.dumps([[str(file.relative_to(folder)), *_stamp(file)] for file in files])


def _stamp(file: Path) -> tuple[int, int]:
    try:
        stat = file.stat()
    except OSError:  # a dangling link, which decoding will refuse by name
        return -1, -1
    return stat.st_size, stat.st_mtime_ns


def _open(folder: Path) -> tuple[list[Entry], np.ndarray] | None:
    """Entries and pixels of a complete cache; None if there is none or it is damaged."""
    try:
        index = json.loads((folder / INDEX).read_text())
        if index["sha256"] != _checksum(index["photos"]):
            raise ValueError("its index is damaged")
        entries = [Entry(*values) for values in index["photos"]]
        pixels = _mapped(folder / PIXELS, entries)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        logger.warning("The photo cache %s is rebuilt: %s", folder, error)
        return None
    return entries, pixels


def _mapped(path: Path, entries: Sequence[Entry]) -> np.ndarray:
    """The pixel file, after a check of its size and of a few checksums."""
    size = sum(entry.bytes for entry in entries)
    if path.stat().st_size != size:
        raise ValueError(f"{path.stat().st_size} bytes of pixels instead of {size}")
    pixels = np.asarray(np.memmap(path, np.uint8, "r"))
    step = max(1, len(entries) // CHECKED)
    for entry in [*entries[::step], entries[-1]]:
        if zlib.crc32(pixels[entry.offset : entry.offset + entry.bytes].data) != entry.crc32:
            raise ValueError(f"the pixels of {entry.name} are damaged")
    return pixels


def _checksum(photos: object) -> str:
    return hashlib.sha256(json.dumps(photos).encode()).hexdigest()


def _build(folder: Path, sources: Sequence[Source], origin: str) -> tuple[list[Entry], np.ndarray]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):  # released if the process is killed
        ready = _open(folder)  # another process may just have built it
        if ready:
            return ready
        partial = folder.with_suffix(".partial")
        partial.mkdir(exist_ok=True)
        try:
            entries = _write(partial, sources, origin)
        except (OSError, UserError):  # free the disk
            shutil.rmtree(partial, ignore_errors=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
        remove_older(folder)
        return entries, _mapped(folder / PIXELS, entries)


def _write(partial: Path, sources: Sequence[Source], origin: str) -> list[Entry]:
    with open(partial / PIXELS, "a+b") as pixels, open(partial / JOURNAL, "a+") as journal:
        entries = resume(pixels, journal, [source.name for source in sources])
        for entry in appended(sources, len(entries), pixels, end(entries)):
            pixels.flush()  # before the journal, which must not list missing pixels
            journal.write(json.dumps(entry) + "\n")
            journal.flush()
            entries.append(entry)
            if len(entries) == WEIGHED:
                _require_room(partial, entries, len(sources), origin)
        os.fsync(pixels.fileno())
    _require_usable(entries, origin)
    (partial / INDEX).write_text(json.dumps({"sha256": _checksum(entries), "photos": entries}))
    (partial / JOURNAL).unlink()
    return entries


def _require_room(folder: Path, entries: Sequence[Entry], count: int, origin: str) -> None:
    """Raises UserError if the rest of `count` photos fits neither on disk nor in memory."""
    rest = end(entries) * (count - len(entries)) // len(entries)
    free = shutil.disk_usage(folder).free
    if rest > max(free, MEMORY_LIMIT):
        raise UserError(
            f"{origin}: the photo cache needs {rest / 1e9:,.1f} GB, but {free / 1e9:,.1f} GB are "
            f"free at {folder.parent}: set KUNSTER_CACHE to a folder with room, or lower "
            "photos.short_side"
        )


def _in_memory(
    sources: Sequence[Source], origin: str, error: OSError
) -> tuple[list[Entry], np.ndarray]:
    where = f"the photo cache cannot be written ({error.strerror}: {error.filename})"
    logger.warning("%s: %s, so the photos are kept in memory", origin, where)
    pixels = BytesIO()
    entries: list[Entry] = []
    for entry in appended(sources, 0, pixels, 0):
        entries.append(entry)
        if end(entries) > MEMORY_LIMIT:
            raise UserError(f"{where}: set KUNSTER_CACHE to a folder with room for {origin}")
    _require_usable(entries, origin)
    return entries, np.frombuffer(pixels.getvalue(), np.uint8)


def _require_usable(entries: Sequence[Entry], origin: str) -> None:
    if not end(entries):
        raise UserError(
            f"{origin}: none of the {len(entries)} pictures can be used ({_skipped(entries)}); "
            f"give intact pictures with sides of at least {MIN_SIDE} pixels"
        )


def _report_skipped(entries: Sequence[Entry], origin: str) -> None:
    skipped = [entry for entry in entries if not entry.bytes]
    if skipped:
        logger.warning(
            "%s: %d of %d photos skipped: %s",
            origin, len(skipped), len(entries), _skipped(skipped),
        )  # fmt: skip


def _skipped(entries: Sequence[Entry]) -> str:
    named = "; ".join(f"{entry.name}: {entry.note}" for entry in entries[:NAMED])
    return named + (f"; and {len(entries) - NAMED} more" if len(entries) > NAMED else "")


def remove_older(folder: Path) -> None:
    """Removes older caches of the same origin."""
    origin, _ = folder.name.split("-")
    for older in folder.parent.glob(f"{origin}-*"):
        if older.is_dir() and older != folder:
            shutil.rmtree(older, ignore_errors=True)
