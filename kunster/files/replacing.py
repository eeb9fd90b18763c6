"""Atomic writing of files and folders: none is ever seen half-written."""

import os
import shutil
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kunster.errors import UserError

LONGEST_NAME = 255  # bytes, on common file systems


def check_absent(paths: Iterable[Path], overwrite: bool) -> None:
    """Refuses to replace what is there, unless `overwrite`.

    Raises:
        UserError: the first path that is there, and how many more.
    """
    there = [] if overwrite else [path for path in paths if path.exists()]
    if there:
        more = f", and {len(there) - 1} more" if len(there) > 1 else ""
        them = "them" if more else "it"
        raise UserError(f"{there[0]}: is there already{more}; --overwrite replaces {them}")


def check_apart(source: Path, target: Path) -> None:
    """Raises a UserError where both are one file or folder."""
    if target.exists() and source.exists() and target.samefile(source):
        raise UserError(f"{target}: would be written over itself; give another name")


def check_replaceable(folder: Path, mark: str, kind: str, overwrite: bool) -> None:
    """Refuses an output folder that holds files of another origin, and an earlier one.

    Args:
        mark: a file that every output folder of this kind holds.
        kind: name of the kind for messages, such as `page`.
        overwrite: replace an earlier one.

    Raises:
        UserError: `folder` is a file, holds files, or its path cannot be used.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise UserError(f"--out {folder}: is a file; name a folder")
        if folder.is_dir() and any(folder.iterdir()) and not (folder / mark).is_file():
            raise UserError(
                f"--out {folder}: holds other files; name a new folder or an earlier {kind}"
            )
        if (folder / mark).is_file():
            check_absent([folder], overwrite)
    except OSError as error:
        raise UserError(f"--out {folder}: cannot be used: {_reason(folder, error)}") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that replaces `path` when the block ends without an error.

    It has the same suffix. For files and for folders; missing parent folders are made.

    Raises:
        UserError: `path` cannot be written.
    """
    part = _beside(path, "part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove(part)  # left by a process that was killed
        yield part
        _rename(part, path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {_reason(path, error)}") from error
    finally:
        with suppress(OSError):  # the folder itself may be what is wrong
            _remove(part)


def _beside(path: Path, kind: str) -> Path:
    name = f".{kind}-{path.name}"
    if len(os.fsencode(name)) > LONGEST_NAME:
        name = f".{kind}-{zlib.crc32(os.fsencode(path.name)):08x}{path.suffix}"
    return path.with_name(name)


def _reason(path: Path, error: OSError) -> str:
    for folder in path.parents:
        if os.path.isfile(folder):
            return f"{folder} is a file, not a folder"
    return error.strerror or str(error)


def _rename(part: Path, path: Path) -> None:
    if not path.is_dir():
        os.replace(part, path)
        return
    # a folder in use cannot be replaced in one step: set it aside, and back if that fails
    old = _beside(path, "old")
    _remove(old)
    os.replace(path, old)
    try:
        os.replace(part, path)
    except OSError:
        os.replace(old, path)
        raise
    _remove(old)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
