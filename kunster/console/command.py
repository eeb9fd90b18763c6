"""Exit codes of the verbs, and how their errors are shown."""

import errno
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Protocol

from kunster.errors import UserError

DONE, USER_CAN_MEND, INTERRUPTED = 0, 2, 130  # exit codes; 130 is a shell's for Ctrl-C

# a path that cannot be written or read: too long, below a file, no permission, disk full
PATH_ERRORS = frozenset(
    (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.ENAMETOOLONG, errno.ENOTDIR)
)

Arguments = Sequence[str] | None  # None: those of the command line
Main = Callable[[Arguments], None]


class Command(Protocol):
    """A verb's main function, which returns the exit code."""

    def __call__(self, arguments: Arguments = None) -> int: ...


def verb(interrupted: str = "interrupted") -> Callable[[Main], Command]:
    """Decorator that turns `main(arguments) -> None` into `main(arguments=None) -> exit code`.

    A `UserError`, or an error of the file system that names a path, is printed to stderr without a
    traceback and ends with 2. Ctrl-C prints `interrupted` and ends with 130. Every other exception
    is a bug and keeps its traceback.
    """

    def decorate(main: Main) -> Command:
        @wraps(main)
        def command(arguments: Arguments = None) -> int:
            try:
                main(arguments)
            except UserError as error:
                print(error, file=sys.stderr)
                return USER_CAN_MEND
            except OSError as error:
                if error.errno not in PATH_ERRORS or not error.filename:
                    raise
                print(f"{error.filename}: {error.strerror}", file=sys.stderr)
                return USER_CAN_MEND
            except KeyboardInterrupt:
                print(interrupted, file=sys.stderr)
                return INTERRUPTED
            return DONE

        return command

    return decorate
