"""`kunster report FOLDER`: the paper's Table II and figures, ours beside theirs."""

import sys
from argparse import Namespace

from kunster.console.command import tell, verb
from kunster.console.options import path
from kunster.console.parser import Parser


def _main(options: Namespace) -> None:
    from kunster.report.write import write_report

    for written in write_report(options.folder, tell, options.devices):
        print(written)


def parser() -> Parser:
    made = Parser(
        "report",
        "FOLDER",
        "Writes FOLDER/report: a page with the paper's Table II and figures, ours beside theirs. "
        "Of FOLDER it also reads evaluation.json, from `kunster evaluate FOLDER/* … --out FOLDER`, "
        "and bench.json, from `kunster bench video FOLDER --out FOLDER/bench.json`, if they are "
        "there.",
        ["runs/table2", "runs/table2 --devices pixel8.json ipad.json"],
    )
    made.add_argument(
        "folder",
        type=path,
        metavar="FOLDER",
        help="the folder of a sweep or of a Hydra multirun, with run folders in it",
    )
    made.add_argument(
        "--devices",
        type=path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="what a page of `kunster page --measure` saved on phones and computers; Fig. 6 shows "
        "them under the files' names",
    )
    return made


main = verb(parser, _main, extra="train")

if __name__ == "__main__":
    sys.exit(main())
