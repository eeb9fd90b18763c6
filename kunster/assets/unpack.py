"""Unpacks archives that may be hostile: nothing leaves the folder, nothing half done looks done."""

import json
import lzma
import shutil
import stat
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Literal, NoReturn

from kunster.errors import UserError

RECEIPT = ".unpacked.json"  # written last, so a folder that has one is complete
MEMBERS = 1_000_000  # entries; COCO's train2017, the largest archive here, has 118,288
BLOCK = 1 << 20  # bytes
Report = Callable[[int, int | None], None]  # bytes done, bytes in all if known

_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    ValueError,  # a NUL in a name, a broken header
)


@dataclass(frozen=True)
class Member:
    """One entry of an archive: its name inside, what it is, its unpacked bytes as declared."""

    name: str
    kind: Literal["file", "folder", "other"]
    size: int
    open: Callable[[], IO[bytes]]

    @property
    def path(self) -> PurePosixPath:
        """The name without `./` and doubled slashes."""
        return PurePosixPath(self.name)


def unpack(
    archive: Path,
    folder: Path,
    limit: int,
    strip: str = "",
    only: Sequence[str] = (),
    report: Report = lambda done, total: None,
) -> int:
    """Unpacks a zip or tar archive into a new `folder` and returns the number of files.

    Every name is checked before the first byte is written: absolute paths, `..`, links and devices
    refuse the whole archive. The work is done in `<folder>.partial`; `folder` itself appears by one
    rename when it is complete. Modes, owners and times of the archive are not restored.

    Args:
        limit: bytes that the files may fill, declared and real.
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
        with archive.open("r+b") as locked:
            lock(locked, folder)
            return _unpack(archive, folder, limit, strip, only, report)
    except UserError:
        raise
    except RuntimeError as error:  # zipfile's, for a password or a compression it does not know
        raise UserError(f"{archive}: cannot be unpacked ({error})") from error
    except _DAMAGED as error:
        raise UserError(f"{archive}: damaged ({error}); remove it and fetch it again") from error
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise UserError(f"{archive}: refused, {error.filename!r} stands in it twice") from error
    except OSError as error:
        raise UserError(f"{folder}: cannot be written ({error.strerror or error})") from error


def _unpack(
    archive: Path, folder: Path, limit: int, strip: str, only: Sequence[str], report: Report
) -> int:
    staging = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(staging, ignore_errors=True)  # of a run that was killed
    try:
        staging.mkdir(parents=True)
        with _opened(archive) as members:
            chosen = _chosen(archive, members, only, limit)
            total = sum(member.size for member in chosen)
            require_space(staging, total)
            _write(archive, chosen, staging, strip, total, report)
        files = sum(member.kind == "file" for member in chosen)
        receipt = {"archive": archive.name, "files": files, "bytes": total}
        (staging / RECEIPT).write_text(json.dumps(receipt))
        staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return files


def is_unpacked(folder: Path) -> bool:
    """Whether `unpack` has completed this folder."""
    return (folder / RECEIPT).is_file()


def require_space(folder: Path, needed: int) -> None:
    """Raises UserError unless the disk of `folder`, there or not yet, has `needed` bytes free."""
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if needed > free:
        raise UserError(
            f"{folder}: needs {needed / 1e9:,.2f} GB but {free / 1e9:,.2f} GB are free; "
            "make room or choose another disk with --to"
        )


def lock(file: IO[bytes], target: Path) -> None:
    """Keeps others off an open, writable file until it is closed; UserError if one has it already.

    Without it a second process would throw away, or mix with, what the first has written.
    """
    if sys.platform == "win32":  # has no flock
        return
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UserError(f"{target}: another process is fetching it; wait for that one") from None


@contextmanager
def _opened(archive: Path) -> Iterator[Iterator[Member]]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as bundle:
            yield _zip_members(bundle)
    elif tarfile.is_tarfile(archive):
        with tarfile.open(archive) as bundle:
            yield _tar_members(bundle)
    else:
        raise UserError(f"{archive}: neither a zip nor a tar archive; remove it and fetch it again")


def _zip_members(bundle: zipfile.ZipFile) -> Iterator[Member]:
    for info in bundle.infolist():
        mode = stat.S_IFMT(info.external_attr >> 16)  # 0 where the archive was not made on Unix
        kind: Literal["file", "folder", "other"] = "folder" if info.is_dir() else "file"
        if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
            kind = "other"
        yield Member(info.filename, kind, info.file_size, partial(bundle.open, info))


def _tar_members(bundle: tarfile.TarFile) -> Iterator[Member]:
    for info in bundle:
        kind: Literal["file", "folder", "other"] = "folder" if info.isdir() else "other"
        if info.isreg():
            kind = "file"
        yield Member(info.name, kind, info.size, partial(_tar_file, bundle, info))


def _tar_file(bundle: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    file = bundle.extractfile(info)
    assert file is not None  # only asked for regular files
    return file


def _chosen(
    archive: Path, members: Iterator[Member], only: Sequence[str], limit: int
) -> list[Member]:
    chosen: list[Member] = []
    total = 0
    for count, member in enumerate(members):
        if count >= MEMBERS:
            _refuse(archive, f"it has more than {MEMBERS:,} entries")
        _require_safe(archive, member)
        if only and not any(member.path.is_relative_to(prefix) for prefix in only):
            continue
        chosen.append(member)
        total += member.size
        if total > limit:  # here, before the rest of a compressed tar is read
            _refuse(archive, f"it would fill more than {limit / 1e9:,.2f} GB")
    if not any(member.kind == "file" for member in chosen):
        raise UserError(f"{archive}: holds none of the files that are wanted")
    return chosen


def _require_safe(archive: Path, member: Member) -> None:
    name = member.name
    if member.kind == "other":
        _refuse(archive, f"{name!r} is a link or a device")
    # a backslash or a colon is a folder or a drive elsewhere than on Unix
    if name.startswith("/") or "\\" in name or ":" in name or "\0" in name:
        _refuse(archive, f"{name!r} is not a plain relative path")
    if ".." in member.path.parts:
        _refuse(archive, f"{name!r} leaves the folder")


def _refuse(archive: Path, reason: str) -> NoReturn:
    raise UserError(f"{archive}: refused, {reason}")


def _write(
    archive: Path, members: list[Member], folder: Path, strip: str, total: int, report: Report
) -> None:
    done = 0
    for member in members:
        inside = member.path.is_relative_to(strip)
        target = folder / (member.path.relative_to(strip) if inside else member.path)
        if member.kind == "folder":
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with member.open() as source, target.open("xb") as sink:  # x: no name twice
            while block := source.read(BLOCK):
                done += len(block)
                if done > total:  # declared sizes are only promises
                    _refuse(archive, "it holds more than it declares")
                sink.write(block)
        report(done, total)
