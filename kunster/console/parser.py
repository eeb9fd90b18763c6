"""The flags of a verb: argparse, with one line for each error and the same layout everywhere."""

import re
import sys
from argparse import (
    SUPPRESS,
    Action,
    ArgumentParser,
    HelpFormatter,
    Namespace,
    _ArgumentGroup,
)
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from shutil import get_terminal_size
from typing import Any, NoReturn

from kunster import __version__
from kunster.console.choices import among
from kunster.console.options import SHARED
from kunster.errors import UserError

Arguments = Sequence[str] | None  # None: those of the command line
WIDEST = 100  # characters of a line of help
ARGPARSE = {  # its words, and ours
    r"the following arguments are required: (.*)": r"\1: missing; {more}",
    r"argument (?:-./)?(\S+): expected (?:one|at least one) argument": r"\1: needs a value; {more}",
    r"argument (?:-./)?(\S+): ignored explicit argument '(.*)'": r"\1 \2: takes no value",
    r"argument (?:-./)?(\S+): (.*)": r"\1 \2",
}


class Parser(ArgumentParser):
    """The parser of `kunster VERB`.

    Args:
        usage: what comes after the verb: `IN OUT --model MODEL [options]`.
        description: what the verb does.
        examples: words after the verb.
        renamed: words and options of earlier versions, and those that took their place.
    """

    def __init__(
        self,
        verb: str,
        usage: str,
        description: str,
        examples: Sequence[str] = (),
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        title = "example" if len(examples) == 1 else "examples"
        shown = [f"{title}:", *(f"  kunster {verb} {words}".rstrip() for words in examples)]
        super().__init__(
            prog=f"kunster {verb}",
            usage=f"kunster {verb} {usage}",
            description=description,
            epilog="\n".join(shown) if examples else None,
            formatter_class=_Layout,
            allow_abbrev=False,
            add_help=False,
        )
        self._positionals.title = "arguments"
        self.renamed = dict(renamed or {})
        self.add_argument("-h", "--help", action="help", help="show this page")
        version = f"kunster {__version__}"
        self.add_argument(
            *("-V", "--version"), action="version", version=version, help="show kunster's version"
        )

    def share(
        self, name: str, use: str = "", group: _ArgumentGroup | None = None, **more: Any
    ) -> None:
        """Adds an option that several verbs have, as `kunster.console.options` defines it.

        Args:
            use: what it is for in this verb, behind its shared help.
            group: of options, to which it is added.
            more: what differs in this verb.
        """
        settings = {**SHARED[name], **more}
        settings["help"] += use
        (group or self).add_argument(name, **settings)

    def read(self, arguments: Arguments = None) -> Namespace:
        """The options.

        Raises:
            UserError: an unknown option, one of an earlier version, or a value that is not allowed.
        """
        words = sys.argv[1:] if arguments is None else list(arguments)
        for place, word in enumerate(_until_the_dashes(words)):
            if word.startswith("-") or not word or place == 0:
                self._check_name(word)
            self._check_setting(word)
        options, unknown = self.parse_known_intermixed_args(words)
        if unknown:
            raise UserError(f"{unknown[0]}: is one word too many; {self._more()}")
        return options

    def as_typed(self, error: UserError) -> UserError:
        """The error with the option as it is typed: `--limit 0: …` of `limit=0: …`."""

        def typed(setting: re.Match[str]) -> str:
            option = _option(setting[1])
            known = option in self._option_string_actions
            return f"{option} {setting[2]}".rstrip() if known else setting[0]

        return UserError(re.sub(r"(?:^|(?<=: ))(\w+)=(.*?)(?=: )", typed, str(error), flags=re.M))

    def print_help(self, file: Any = None) -> None:
        """Prints the page; argparse's own is silent where that fails."""
        print(self.format_help(), end="", file=file)

    def error(self, message: str) -> NoReturn:
        """Raises argparse's message as a UserError."""
        for theirs, ours in ARGPARSE.items():
            found = re.fullmatch(theirs, message)
            if found:
                raise UserError(found.expand(ours).replace("{more}", self._more()))
        raise UserError(message)

    def _check_name(self, word: str) -> None:
        """Refuses empty words, options that there are not, and names of earlier versions."""
        name = word.split("=")[0]
        if word in ("", f"{name}=" if name in self._option_string_actions else ""):
            raise UserError(f"{word or repr(word)}: is empty; {self._more()}")
        if name in self.renamed:
            raise UserError(f"{name}: is now {self.renamed[name]}; {self._more()}")
        if re.match(r"--?[A-Za-z]", word) and name not in self._option_string_actions:
            if Path(word).exists():
                raise UserError(f"{word}: reads as an option; ./{word} is the file")
            raise UserError(f"{name}: no such option; {self._instead(name)}")

    def _check_setting(self, word: str) -> None:
        """Refuses key=value of an option, unless it is a folder: Hydra makes those of alpha=1."""
        setting = re.fullmatch(r"(\w+)=(.*)", word)
        option = _option(setting[1]) if setting else ""
        if setting and option in self._option_string_actions and not Path(word).exists():
            raise UserError(f"{word}: is now {option} {setting[2]}; {self._more()}")

    def _instead(self, option: str) -> str:
        """The message for an unknown option: the nearest one, or all."""
        for action in self._actions:
            if not action.option_strings and action.dest == option.strip("-"):
                return f"{action.metavar} goes without one: {self.usage}"
        options = [each for each in self._option_string_actions if each.startswith("--")]
        return among(option, options)

    def _more(self) -> str:
        return f"{self.prog} --help tells more"


def _until_the_dashes(words: Sequence[str]) -> Iterator[str]:
    """The words before `--`, after which all words are plain."""
    for word in words:
        if word == "--":
            return
        yield word


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


class _Layout(HelpFormatter):
    """Help with the defaults behind the options, and lines that are indented left as they are."""

    def __init__(self, prog: str) -> None:
        width = min(WIDEST, get_terminal_size().columns) - 2
        super().__init__(prog, max_help_position=24, width=width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        fill = super()._fill_text
        return "\n".join(
            line if line.startswith(" ") else fill(line, width, indent)
            for line in text.splitlines()
        )

    def _get_help_string(self, action: Action) -> str | None:
        told = action.default in (None, False, SUPPRESS) or action.default == []
        return (
            f"{action.help}"
            if told or action.nargs == 0
            else f"{action.help} (default: %(default)s)"
        )
