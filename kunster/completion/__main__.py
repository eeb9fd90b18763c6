"""`kunster completion SHELL`: a script that completes commands, options and names of styles."""

import sys
from argparse import ArgumentParser, Namespace
from importlib import import_module

from kunster.__main__ import VERBS, available
from kunster.assets.trained import list_styles, styles_in_base
from kunster.console.command import verb
from kunster.console.options import one_of, path
from kunster.console.parser import Parser

SHELLS = ("bash", "zsh", "tcsh")
APART = ("run", "bench")  # Hydra's words; a parser for each benchmark
PLACES = ("source", "more", "model")  # positional words that are files


def _main(options: Namespace) -> None:
    import shtab

    print(shtab.complete(_of_all(), options.shell))


def _of_all() -> ArgumentParser:
    """One parser with a command for each verb that is installed."""
    root = ArgumentParser("kunster")
    commands = root.add_subparsers()
    for name in available():
        made = [] if name in APART else [_completed(import_module(f"kunster.{name}.__main__"))]
        commands.add_parser(name, help=VERBS[name], parents=made, add_help=name in APART)
    return root


def _completed(module: object) -> ArgumentParser:
    """The parser of a verb, whose paths are completed as files and whose styles as names."""
    import shtab

    parser: Parser = module.parser()  # type: ignore[attr-defined]
    for action in parser._actions:
        if action.option_strings in (["--style"], ["--style-from"], ["--style-to"]):
            action.choices = styles_in_base()
        elif action.option_strings == ["--model"] and action.nargs is None:
            action.choices = list_styles()
        elif action.type is path or action.dest in PLACES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
    return parser


def parser() -> Parser:
    made = Parser(
        "completion",
        "SHELL",
        "Prints a script by which a shell completes commands, options, styles and files; bash "
        "reads ~/.local/share/bash-completion/completions/kunster.",
        ["bash"],
    )
    made.add_argument(
        "shell", type=one_of(*SHELLS), metavar="SHELL", help=f"one of {', '.join(SHELLS)}"
    )
    return made


main = verb(parser, _main)

if __name__ == "__main__":
    sys.exit(main())
