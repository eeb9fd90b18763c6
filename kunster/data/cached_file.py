"""Single files in the cache: one process makes a file while others wait for it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock

from kunster.errors import UserError


def cached_file(path: Path, make: Callable[[Path], object]) -> Path:
    """`path`, after `make(path)` if there is no such file yet.

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
    """Exclusive right to write `path`: other processes wait. Makes its folder.

    Raises:
        UserError: the folder cannot be written to.
    """
    with ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(FileLock(path.with_suffix(".lock")))
        except OSError as error:
            raise UserError(
                f"{path}: cannot be written: {error.strerror or error}; set KUNSTER_CACHE to a "
                "folder that can be"
            ) from error
        yield
