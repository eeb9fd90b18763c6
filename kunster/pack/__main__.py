"""`kunster pack RUN … --out DIR`: the files that ship, made of finished runs.

For the project itself: not part of the wheel.
"""

import sys
from argparse import Namespace
from pathlib import Path

from kunster.console.command import verb
from kunster.console.options import path
from kunster.console.parser import Parser
from kunster.errors import UserError


def _main(options: Namespace) -> None:
    from kunster.pack.evaluations import read_evaluation
    from kunster.pack.figures import renew
    from kunster.pack.packing import pack

    if options.figures:
        if options.runs or not options.evaluation:
            raise UserError("--figures: takes the figures of --evaluation FILE …, and no runs")
        for card in renew(options.figures, [read_evaluation(each) for each in options.evaluation]):
            print(card)
        return
    if not options.runs:
        raise UserError("RUN: missing; kunster pack --help tells more")
    written = pack(options.runs, options.out, options.evaluation, options.overwrite)
    for file in written:
        print(f"{file}  {file.stat().st_size / 1000:.0f} kB")
    print(f"{sum(file.stat().st_size for file in written) / 1e6:.2f} MB in all")


def parser() -> Parser:
    made = Parser(
        "pack",
        "RUN … [options]",
        "Writes <style>/<id>-<stage>.safetensors, in half precision or 8 bits, and a card beside "
        "each, <id>-<stage>.md, for every stage of the runs.",
        [
            "runs/scream_a0.25_b0.5 --evaluation evaluation.json",
            "--figures trained --evaluation evaluation.json",
        ],
        {"figures": "--figures DIR"},
    )
    made.add_argument(
        "runs", type=path, nargs="*", metavar="RUN", help="run folders, of finished runs"
    )
    made.share("--out", default=Path("trained"))
    made.share("--overwrite")
    made.add_argument(
        "--evaluation",
        type=path,
        nargs="+",
        action="extend",
        default=[],
        metavar="FILE",
        help="evaluation.json of `kunster evaluate`, for the figures on the cards",
    )
    made.add_argument(
        "--figures",
        type=path,
        metavar="DIR",
        help="write no networks; put the figures of --evaluation on the cards in this folder "
        "(cards of networks that were not evaluated stay as they are)",
    )
    return made


main = verb(parser, _main)

if __name__ == "__main__":
    sys.exit(main())
