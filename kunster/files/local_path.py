"""Paths as people give them."""

from os import PathLike
from pathlib import Path

from kunster.errors import UserError


def local_path(given: str | PathLike[str]) -> Path:
    """A path of this machine; ~ is the home folder.

    Raises:
        UserError: an address of the web, or the home folder of nobody.
    """
    if "://" in str(given):
        raise UserError(f"{given}: is an address; download it, and give the file")
    try:
        return Path(given).expanduser()
    except RuntimeError as error:  # ~somebody
        raise UserError(f"{given}: there is no such home folder") from error
