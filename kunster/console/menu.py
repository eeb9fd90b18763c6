"""Commands whose first word chooses what they do: `kunster VERB`, `kunster bench WHAT`."""

from collections.abc import Callable, Sequence

from kunster import __version__
from kunster.console.choices import among
from kunster.errors import UserError


def first_word(words: Sequence[str], names: Sequence[str], page: Callable[[], str]) -> str | None:
    """The name that is chosen; None where the page or the version was asked for and is printed.

    Raises:
        UserError: there is no such name.
    """
    word = words[0] if words else "--help"
    if word in names:
        return word
    if word in ("-h", "--help", "help"):
        print(page())
    elif word in ("-V", "--version"):
        print(f"kunster {__version__}")
    elif word.startswith("-"):
        raise UserError(f"{word}: no such option; there are --help, --version, and commands first")
    else:
        raise UserError(f"{word}: no such command; {among(word, names)}")
    return None
