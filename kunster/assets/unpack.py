"""Unpacking of zip and tar archives into a folder that appears only when it is complete."""

import json
import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from filelock import FileLock, Timeout

from kunster.errors import UserError

RECEIPT = ".unpacked.json"  # written last, so a folder that has one is complete
Report = Callable[[int, int | None], None]  # bytes done, bytes in all if known

_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    ValueError,  # a broken header
    RuntimeError,  # zipfile's, for a password or an unknown compression
)


class _Member(NamedTuple):
    """One entry of an archive: name, bytes as declared, and the function that writes it."""

    name: str
    size: int
    is_file: bool
    extract: Callable[[str, Path], object]  # new name, folder


def unpack(
    archive: Path,
    folder: Path,
    limit: int,
    strip: str = "",
    only: Sequence[str] = (),
    report: Report = lambda done, total: None,
) -> int:
    """Unpacks a zip or tar archive into a new `folder` and returns the number of files.

    Every name is checked before the first byte is written: a path that leaves the folder, and in a
    tar a link or a device, refuses the whole archive; a link in a zip becomes a small text file.
    The files are written to `<folder>.partial`, which is renamed at the end.

    Args:
        limit: the most bytes that the files may fill.
        strip: leading folder to drop from the names, such as `train2017`.
        only: folders of the archive to unpack; all when empty.
        report: called with the bytes done and the bytes in all.

    Raises:
        UserError: the folder exists, or the archive is unsafe, damaged or too large for the limit
            or the disk.
    """
    if folder.exists():
        raise UserError(f"{folder}: exists but was not unpacked here; move it away and run again")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with fetching_alone(folder):
            return _unpack(archive, folder, limit, strip, only, report)
    except _DAMAGED as error:
        raise UserError(
            f"{archive}: cannot be unpacked ({error}); remove it and fetch it again"
        ) from error
    except OSError as error:
        raise UserError(f"{folder}: cannot be written ({error.strerror or error})") from error


def _unpack(
    archive: Path, folder: Path, limit: int, strip: str, only: Sequence[str], report: Report
) -> int:
    staging = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(staging, ignore_errors=True)  # of a process that was killed
    try:
        staging.mkdir()
        with _members_of(archive) as members:
            chosen = _chosen(archive, members, only, limit)
            total = sum(member.size for member in chosen)
            require_space(staging, total)
            done = 0
            for member in chosen:
                path = PurePosixPath(member.name)
                inside = path.is_relative_to(strip)
                member.extract(str(path.relative_to(strip) if inside else path), staging)
                done += member.size
                report(done, total)
        receipt = {"archive": archive.name, "files": len(chosen), "bytes": total}
        (staging / RECEIPT).write_text(json.dumps(receipt))
        staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return len(chosen)


def is_unpacked(folder: Path) -> bool:
    """True if `unpack` has completed this folder."""
    return (folder / RECEIPT).is_file()


def require_space(folder: Path, needed: int) -> None:
    """Raises UserError unless the disk of `folder`, there or not yet, has `needed` bytes free."""
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if needed > free:
        raise UserError(
            f"{folder}: needs {needed / 1e9:,.2f} GB but {free / 1e9:,.2f} GB are free; "
            "make room or choose another disk with --out"
        )


@contextmanager
def fetching_alone(target: Path) -> Iterator[None]:
    """Exclusive right to write `target`; UserError if another process has it.

    The lock file stays: to remove it would let two processes hold locks of the same name.
    """
    try:
        with FileLock(target.with_name(f".{target.name}.lock"), blocking=False):
            yield
    except Timeout:
        raise UserError(f"{target}: another process is fetching it; wait for that one") from None


@contextmanager
def _members_of(archive: Path) -> Iterator[Iterator[_Member]]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as bundle:
            yield _zip_members(bundle)
    elif tarfile.is_tarfile(archive):
        with tarfile.open(archive) as bundle:
            yield _tar_members(bundle)
    else:
        raise UserError(f"{archive}: neither a zip nor a tar archive; remove it and fetch it again")


def _zip_members(bundle: zipfile.ZipFile) -> Iterator[_Member]:
    for info in bundle.infolist():

        def extract(name: str, folder: Path, info: zipfile.ZipInfo = info) -> None:
            info.filename = name
            bundle.extract(info, folder)  # a link is written as a file that holds its target

        if not info.is_dir():
            yield _Member(info.filename, info.file_size, True, extract)


def _tar_members(bundle: tarfile.TarFile) -> Iterator[_Member]:
    for info in bundle:

        def extract(name: str, folder: Path, info: tarfile.TarInfo = info) -> None:
            bundle.extract(info.replace(name=name, deep=False), folder, filter="data")

        if not info.isdir():
            yield _Member(info.name, info.size, info.isreg(), extract)


def _chosen(
    archive: Path, members: Iterator[_Member], only: Sequence[str], limit: int
) -> list[_Member]:
    chosen: list[_Member] = []
    total = 0
    for member in members:
        path = PurePosixPath(member.name)
        if not member.is_file:
            raise UserError(f"{archive}: refused, {member.name!r} is a link or a device")
        if path.is_absolute() or ".." in path.parts:
            raise UserError(f"{archive}: refused, {member.name!r} leaves the folder")
        if only and not any(path.is_relative_to(folder) for folder in only):
            continue
        chosen.append(member)
        total += member.size
        if total > limit:  # checked here, before the rest of a compressed tar is read
            raise UserError(f"{archive}: refused, it would fill more than {limit / 1e9:,.2f} GB")
    if not chosen:
        raise UserError(f"{archive}: holds none of the files that are wanted")
    return chosen
