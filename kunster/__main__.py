"""`kunster VERB …`: every command of the project; `kunster VERB` is the same."""

import runpy
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from kunster.console.command import exit_code
from kunster.console.menu import first_word
from kunster.console.parser import Arguments

GROUPS = {
    "train": {
        "run": "learn a painting's style, and export the network",
        "sweep": "a grid of networks, Table II for one",
        "fetch": "download weights and data sets",
    },
    "use": {
        "open": "one page: networks live, styles, runs as they train, reports, comparisons",
        "styles": "list the styles that ship",
        "stylize": "paint pictures, videos, a camera or a pipe",
        "blend": "a style between two or more",
        "gallery": "a page of photos and a film in the styles that ship",
        "completion": "commands, options and styles completed by your shell",
    },
    "compare": {
        "evaluate": "measure networks, in one table",
        "report": "table, figures and page of a sweep",
        "dashboard": "a W&B workspace of runs",
        "bench": "benchmarks",
    },
    "ship": {
        "export": "files for an app: ONNX, Core ML, LiteRT, ExecuTorch",
        "page": "a page that runs networks live in the browser",
        "pack": "finished runs as styles that ship",
    },
}
PAGE = """usage: kunster COMMAND …

A painting's style in a network small enough for a phone, steady on video.

{commands}

`kunster COMMAND --help` tells all about one. run and sweep take KEY=VALUE, Hydra's words; all
others take --options, and what several have is called the same: --model, --photos, --out, …

examples:
  kunster stylize photo.jpg
  kunster run +experiment=scream

exit codes: 0 done, 2 a mistake that the message names, 130 interrupted"""
VERBS = {name: what for verbs in GROUPS.values() for name, what in verbs.items()}


def main(arguments: Arguments = None) -> int:
    words = sys.argv[1:] if arguments is None else list(arguments)

    def work() -> None:
        name = first_word(words, available(), usage)
        if name:
            _start(name, words[1:])

    return exit_code(work)


def available() -> list[str]:
    """The verbs that are installed: bench and pack are in a checkout only."""
    return [name for name in VERBS if find_spec(f"kunster.{name}")]


def usage() -> str:
    """The page of `kunster --help`."""
    here = available()
    commands = (
        [title, *(f"  {name:<10} {what}" for name, what in verbs.items() if name in here)]
        for title, verbs in GROUPS.items()
    )
    return PAGE.format(commands="\n".join(line for lines in commands for line in lines))


def _start(name: str, words: Sequence[str]) -> None:
    sys.argv = [f"kunster {name}", *words]
    runpy.run_module(f"kunster.{name}", run_name="__main__")


if __name__ == "__main__":
    sys.exit(main())
