"""What every verb does with errors: the user's end in a line and a code, bugs keep a traceback."""

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Protocol

from kunster.errors import UserError

DONE, USER_CAN_MEND, INTERRUPTED = 0, 2, 130  # exit codes; 130 is a shell's for Ctrl-C

Arguments = Sequence[str] | None  # None: those of the command line
Main = Callable[[Arguments], None]


class Command(Protocol):
    """A verb that can be called: returns its exit code."""

    def __call__(self, arguments: Arguments = None) -> int: ...


def verb(interrupted: str = "interrupted") -> Callable[[Main], Command]:
    """Turns `main(arguments) -> None` into `main(arguments=None) -> exit code`.

    A `UserError` is printed to stderr without a traceback and ends with 2; Ctrl-C prints
    `interrupted`, which may say how to go on, and ends with 130. Use: `sys.exit(main())`.
    """

    def decorate(main: Main) -> Command:
        @wraps(main)
        def command(arguments: Arguments = None) -> int:
            try:
                main(arguments)
            except UserError as error:
                print(error, file=sys.stderr)
                return USER_CAN_MEND
            except KeyboardInterrupt:
                print(interrupted, file=sys.stderr)
                return INTERRUPTED
            return DONE

        return command

    return decorate
