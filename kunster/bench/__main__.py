"""`python -m kunster.bench WHAT`: measured side by side in one run."""

import argparse
import json
import sys
from pathlib import Path

from kunster.bench.subcommands import android, cost, data, memory, page, train, video
from kunster.console.command import Arguments, verb

SUBCOMMANDS = {
    "train": train,
    "cost": cost,
    "data": data,
    "video": video,
    "memory": memory,
    "android": android,
    "page": page,
}


@verb()
def main(arguments: Arguments = None) -> None:
    options = _parser().parse_args(arguments)
    figures = options.measure(options)
    if options.out:
        from kunster.files.replacing import replacing
        from kunster.results.run_folder import versions

        with replacing(options.out) as part:
            part.write_text(json.dumps({**figures, "versions": versions()}, indent=2) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kunster.bench", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="|".join(SUBCOMMANDS))
    for name, subcommand in SUBCOMMANDS.items():
        each = verbs.add_parser(name, help=subcommand.HELP)
        subcommand.add_options(each)
        each.add_argument("--out", type=Path, help="JSON file; FOLDER/bench.json for the report")
        each.set_defaults(measure=subcommand.measure)
    return parser


if __name__ == "__main__":
    sys.exit(main())
