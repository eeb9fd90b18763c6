"""`kunster evaluate MODELS`: measures how good networks are, and compares them in one table."""

import sys
from argparse import Namespace

from kunster.console.command import verb
from kunster.evaluate.options import Options, parser
from kunster.files.replacing import check_absent


def _main(given: Namespace) -> None:
    options = Options.of(given)
    from rich.console import Console

    from kunster.evaluate.evaluation import beside, evaluate
    from kunster.evaluate.report import TEXTS, as_json, print_report, write_report

    folder = options.out or beside(options.models[0])
    check_absent([folder / name for name in TEXTS], given.overwrite)
    report = evaluate(options)
    written = write_report(report, folder)
    if given.json:
        print(as_json(report), end="")
        return
    console = Console()
    print_report(report, console)
    for path in written:
        console.print(str(path), markup=False, highlight=False, soft_wrap=True)


main = verb(parser, _main, extra="train")

if __name__ == "__main__":
    sys.exit(main())
