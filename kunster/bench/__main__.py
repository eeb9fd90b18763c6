"""`kunster bench WHAT`: benchmarks of one run, side by side; not part of the wheel."""

import json
import sys
from argparse import Namespace
from functools import partial
from importlib import import_module

from kunster.bench.options import BENCHMARKS, parser_of
from kunster.console.command import exit_code, read_and_work
from kunster.console.menu import first_word
from kunster.console.parser import Arguments


def main(arguments: Arguments = None) -> int:
    words = sys.argv[1:] if arguments is None else list(arguments)

    def work() -> None:
        name = first_word(words, list(BENCHMARKS), page)
        if name:
            read_and_work(parser_of(name), partial(_measure, name), words[1:])

    return exit_code(work)


def page() -> str:
    """The page of `kunster bench --help`."""
    rows = [f"  {name:<9}{what}" for name, what in BENCHMARKS.items()]
    return "\n".join(
        [
            "usage: kunster bench WHAT [options]",
            "",
            "Benchmarks of one run, side by side: ratios, not bare times.",
            "",
            *rows,
            "",
            "`kunster bench WHAT --help` tells more of each.",
        ]
    )


def _measure(benchmark: str, options: Namespace) -> None:
    from kunster.files.replacing import check_absent, replacing
    from kunster.results.run_folder import versions

    check_absent([options.out] if options.out else [], options.overwrite)
    figures = import_module(f"kunster.bench.{benchmark}").measure(options)
    if options.out:
        with replacing(options.out) as part:
            part.write_text(json.dumps({**figures, "versions": versions()}, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
