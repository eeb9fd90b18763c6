"""`kunster VERB …`: every command of the project; `python -m kunster.VERB` is the same."""

import runpy
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib.util import find_spec

from kunster import __version__
from kunster.console.command import Arguments, verb
from kunster.errors import UserError

VERBS = {
    "run": "train a painting's style, and export the network",
    "sweep": "train a grid of networks, Table II for one",
    "stylize": "paint pictures, videos, a camera or a pipe",
    "styles": "list the styles that ship",
    "blend": "a style between two or more",
    "export": "files for an app: ONNX, Core ML, LiteRT, ExecuTorch",
    "evaluate": "measure networks and compare them in a table",
    "report": "table, figures and page of a sweep",
    "dashboard": "a W&B workspace for comparing runs",
    "page": "a page that runs networks live in the browser",
    "gallery": "a page of photos and a clip in the styles that ship",
    "fetch": "download weights and data sets",
    "bench": "benchmarks",  # these two in a checkout only
    "pack": "pack finished runs as styles that ship",
}


@verb()
def main(arguments: Arguments = None) -> None:
    name, *words = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if name in ("-h", "--help"):
        print(usage())
    elif name in ("-V", "--version"):
        print(f"kunster {__version__}")
    elif name in available():
        _start(name, words)
    else:
        near = get_close_matches(name, available(), n=1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise UserError(f"{name}: no such command{meant} There are {', '.join(available())}")


def available() -> list[str]:
    """The verbs that are installed."""
    return [name for name in VERBS if find_spec(f"kunster.{name}")]


def usage() -> str:
    """The page of `kunster --help`."""
    rows = [f"  {name:<10} {VERBS[name]}" for name in available()]
    return "\n".join(
        [
            "usage: kunster COMMAND …      kunster COMMAND --help      kunster --version",
            "",
            *rows,
            "",
            "kunster stylize photo.jpg painted.jpg --model scream",
            "kunster run +experiment=scream",
        ]
    )


def _start(name: str, words: Sequence[str]) -> None:
    sys.argv = [f"kunster {name}", *words]
    runpy.run_module(f"kunster.{name}", run_name="__main__")


if __name__ == "__main__":
    sys.exit(main())
