"""Exit codes of the verbs, and how their errors are shown."""

import errno
import gc
import os
import select
import sys
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, TextIO

from kunster import __version__
from kunster.console.extras import check_extra, not_found
from kunster.console.parser import Arguments, Parser
from kunster.console.quiet import keep_quiet
from kunster.errors import UserError

DONE, USER_CAN_MEND, INTERRUPTED = 0, 2, 130  # exit codes; 130 is a shell's for Ctrl-C

# a path that cannot be written or read: too long, below a file, no permission, disk full
PATH_ERRORS = frozenset(
    (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.ENAMETOOLONG, errno.ENOTDIR)
)
BUG = (
    f"This is a bug of kunster {__version__}: please report it, with the command and the lines "
    "above, as CONTRIBUTING.md says."
)


class Command(Protocol):
    """A verb's main function, which returns the exit code."""

    def __call__(self, arguments: Arguments = None) -> int: ...


def verb(
    parser: Callable[[], Parser],
    work: Callable[[Namespace], None],
    interrupted: str = "interrupted",
    extra: str | None = None,
) -> Command:
    """The main function of a verb: reads its options, does its work, returns the exit code.

    Args:
        extra: what is needed beside the base, see `kunster.console.extras`.
    """

    def main(arguments: Arguments = None) -> int:
        return exit_code(lambda: read_and_work(parser(), work, arguments, extra), interrupted)

    return main


def read_and_work(
    parser: Parser,
    work: Callable[[Namespace], None],
    arguments: Arguments = None,
    extra: str | None = None,
) -> None:
    """Does the work with the options; its errors name them as they were typed."""
    options = parser.read(arguments)
    if extra:
        check_extra(extra, parser.prog)
    try:
        work(options)
    except UserError as error:
        raise parser.as_typed(error) from error


def exit_code(work: Callable[[], None], interrupted: str = "interrupted") -> int:
    """Does the work of a command, and returns its exit code.

    A `UserError`, an error of the file system that names a path, or a full disk is printed to
    stderr without a traceback and gives 2; so does a module that is missing, with the line that
    installs it. Ctrl-C prints `interrupted` and gives 130. It ends quietly where nobody reads
    stdout any more. Every other exception is a bug: it is raised, with a note on reporting.
    """
    keep_quiet()
    gc.set_threshold(50_000, 20, 20)  # importing torch and Lightning takes a fifth less time
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started the command
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
    try:
        _flushed(work)
    except UserError as error:
        tell(str(error))
        return USER_CAN_MEND
    except KeyboardInterrupt:
        tell(interrupted)
        return INTERRUPTED
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and (needed := not_found(error)):
            tell(str(needed))
            return USER_CAN_MEND
        broken = _broken(sys.stdout)
        unread = isinstance(broken, BrokenPipeError) or _is_unread(sys.stdout)
        if isinstance(error, BrokenPipeError) and unread:
            return DONE
        if isinstance(error, OSError) and error.errno in PATH_ERRORS and _names_it(error):
            tell(f"{error.filename or 'the output'}: {error.strerror}")
            return USER_CAN_MEND
        if BUG not in getattr(error, "__notes__", ()):  # `kunster VERB` is a command in another
            error.add_note(BUG)
        raise
    return DONE


def tell(words: str) -> None:
    """Prints to stderr, as far as anything takes it: a note is no reason to end."""
    with suppress(OSError):
        print(words, file=sys.stderr)
    _broken(sys.stderr)


def _flushed(work: Callable[[], None]) -> None:
    """The work, and all that it printed: errors of stdout come here, not while Python ends."""
    try:
        work()
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # Rich's, which ends with 1
            return
        sys.stdout.flush()
        raise
    sys.stdout.flush()


def _names_it(error: OSError) -> bool:
    """True with a path, and for a full disk: writing names no file."""
    return bool(error.filename) or error.errno == errno.ENOSPC


def _is_unread(stream: TextIO) -> bool:
    """True for a pipe whose reader has gone, where nothing is left to be flushed."""
    if not hasattr(select, "poll"):  # Windows
        return False
    waiting = select.poll()
    try:
        waiting.register(stream.fileno(), 0)
    except OSError:  # no file at all
        return False
    return any(event & select.POLLERR for _, event in waiting.poll(0))


def _broken(stream: TextIO) -> OSError | None:
    """The error of an output that cannot be written; it then leads to /dev/null, as Python flushes
    it once more at its end.
    """
    try:
        stream.flush()
    except OSError as error:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        return error
    return None
