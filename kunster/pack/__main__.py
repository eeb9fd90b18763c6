"""`python -m kunster.pack RUN … --out DIR`: the files that ship, made of finished runs.

`python -m kunster.pack figures DIR --evaluation FILE …` puts later figures on their cards. For the
project itself: not part of the wheel.
"""

import argparse
import sys
from pathlib import Path

from kunster.console.command import Arguments, verb
from kunster.pack.evaluations import read_evaluation
from kunster.pack.figures import renew
from kunster.pack.packing import pack


@verb()
def main(arguments: Arguments = None) -> None:
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == ["figures"]:
        options = _figures_parser().parse_args(given[1:])
        for path in renew(options.folder, [read_evaluation(path) for path in options.evaluation]):
            print(path)
        return
    options = _parser().parse_args(given)
    written = pack(options.runs, options.out, options.evaluation)
    for path in written:
        print(f"{path}  {path.stat().st_size / 1000:.0f} kB")
    print(f"{sum(path.stat().st_size for path in written) / 1e6:.2f} MB in all")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kunster.pack",
        description="Writes <style>/<id>-<stage>.safetensors, in half precision or 8 bits, and a "
        "card beside each, <id>-<stage>.md, for every stage of the runs.",
        epilog="`python -m kunster.pack figures --help`: later figures on the cards.",
    )
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="run folders, finished")
    parser.add_argument(
        "--out", type=Path, default=Path("trained"), metavar="DIR", help="default: trained"
    )
    return _with_evaluations(parser, required=False)


def _figures_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kunster.pack figures",
        description="Replaces the figures on cards by those of evaluations; cards of networks that "
        "were not evaluated stay as they are.",
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="that kunster.pack wrote to")
    return _with_evaluations(parser, required=True)


def _with_evaluations(parser: argparse.ArgumentParser, required: bool) -> argparse.ArgumentParser:
    parser.add_argument(
        "--evaluation",
        type=Path,
        nargs="+",
        action="extend",
        default=[],
        required=required,
        metavar="FILE",
        help="evaluation.json from `python -m kunster.evaluate`, for the figures on the cards",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
