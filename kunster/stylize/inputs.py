"""The words IN of the command: files, folders, and patterns that no shell expanded."""

from collections.abc import Sequence
from glob import glob, has_magic
from pathlib import Path

from kunster.errors import UserError
from kunster.files.local_path import local_path


def files_and_folders(words: Sequence[str]) -> list[Path]:
    """The file or folder of each word, in order and once; of a pattern all that fit it, sorted.

    `*`, `?` and `[…]` are patterns, `**` is any depth of folders, unless a file has that name.

    Raises:
        UserError: nothing is there, or nothing fits a pattern.
    """
    found = [path for word in words for path in _of_word(word)]
    return list(dict.fromkeys(found))


def _of_word(word: str) -> list[Path]:
    path = local_path(word)
    if path.exists():
        return [path]
    if not has_magic(word):
        raise UserError(f"{path}: no such file, folder or camera (camera:0)")
    if fitting := sorted(map(Path, glob(str(path), recursive=True))):
        return fitting
    raise UserError(f"{word}: no file fits this pattern")
