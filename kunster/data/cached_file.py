"""Single files kept in the cache: made by one process while others wait for it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kunster.data.cache import only_one
from kunster.errors import UserError


def cached_file(path: Path, make: Callable[[Path], object]) -> Path:
    """The path, after `make(path)` where nothing is yet; of several processes one makes it.

    Raises:
        UserError: its folder cannot be written to.
    """
    if not path.is_file():
        with made_alone(path):
            if not path.is_file():  # another process may just have made it
                make(path)
    return path


@contextmanager
def made_alone(path: Path) -> Iterator[None]:
    """Keeps other processes from making `path` meanwhile; its folder is made, too.

    Raises:
        UserError: that cannot be written to.
    """
    with ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(only_one(path))
        except OSError as error:
            raise UserError(
                f"{path}: cannot be written: {error.strerror or error}; set KUNSTER_CACHE to a "
                "folder that can be"
            ) from error
        yield
