"""`python -m kunster.bench WHAT`: benchmarks of one run, side by side; not part of the wheel."""

import argparse
import json
import sys
from pathlib import Path

from kunster.bench import android, cost, memory, page, steady, train, video
from kunster.console.command import Arguments, verb
from kunster.files.replacing import replacing
from kunster.results.run_folder import versions

BENCHMARKS = {
    "train": train,
    "cost": cost,
    "video": video,
    "steady": steady,
    "memory": memory,
    "android": android,
    "page": page,
}


@verb()
def main(arguments: Arguments = None) -> None:
    options = _parser().parse_args(arguments)
    figures = options.measure(options)
    if options.out:
        with replacing(options.out) as part:
            part.write_text(json.dumps({**figures, "versions": versions()}, indent=2) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kunster.bench", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="|".join(BENCHMARKS))
    for name, benchmark in BENCHMARKS.items():
        each = verbs.add_parser(name, help=benchmark.HELP)
        benchmark.add_options(each)
        each.add_argument("--out", type=Path, help="JSON file; FOLDER/bench.json for the report")
        each.set_defaults(measure=benchmark.measure)
    return parser


if __name__ == "__main__":
    sys.exit(main())
