"""Writing a file or a package so that its name never holds half of it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kunster.errors import UserError


def check_replaceable(folder: Path, mark: str, kind: str) -> None:
    """Raises a UserError unless a folder may be written anew.

    That is where nothing is yet, in an empty folder, and in one that an earlier call wrote.

    Args:
        mark: a file that only our own folders of this kind hold.
        kind: what they are, for people: page, say.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(f"--out {folder}: is a file; name a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / mark).is_file():
        raise UserError(
            f"--out {folder}: holds other files; name a new folder or an earlier {kind}"
        )


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` to write to; it takes the name when the block succeeds.

    A block that raises leaves what had the name as it was. Works for files and for folders.

    Raises:
        UserError: the folder cannot be written to, or the disk is full.
    """
    part = path.with_name(f".part-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove(part)  # left by a run that was killed
        yield part
        _rename(part, path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):  # the folder itself may be what is wrong
            _remove(part)


def _rename(part: Path, path: Path) -> None:
    if not path.is_dir():
        os.replace(part, path)
        return
    # a folder in use cannot be replaced in one step: set it aside, and back if that fails
    old = path.with_name(f".old-{path.name}")
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
