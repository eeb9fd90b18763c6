"""`python -m kunster.fetch vgg16 | coco | sintel | raft | styles | all`: brings what does not ship.

Sizes and licences are shown first. Downloads are resumed, checked and unpacked; what is already
there is skipped.
"""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from kunster.assets import registry
from kunster.console.command import Arguments, verb
from kunster.errors import UserError
from kunster.fetch.bring import asset_table, bring, mirror_named


@verb(interrupted="interrupted; the same command continues where it stopped")
def main(arguments: Arguments = None) -> None:
    """Shows what is wanted and brings what is missing, asking first."""
    options = _parser().parse_args(arguments)
    root = options.to.expanduser() if options.to else registry.data_root()
    names = options.names or (["all"] if options.list else [])
    if not names:
        raise UserError("fetch what? vgg16, coco, sintel, raft, styles or all; --list shows them")
    assets = list(dict.fromkeys(asset for name in names for asset in registry.assets_named(name)))
    if options.list:
        Console().print(asset_table(assets, root))
    else:
        bring(assets, root, mirror_named(options.mirror), options.yes)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kunster.fetch", description=__doc__)
    choices = ", ".join([*registry.GROUPS, *registry.ASSETS])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to fetch: {choices}")
    parser.add_argument(
        "--list", action="store_true", help="show sizes and licences, fetch nothing"
    )
    parser.add_argument(
        "--to",
        type=Path,
        metavar="DIR",
        help="where to; default $KUNSTER_DATA, ~/.local/share/kunster",
    )
    parser.add_argument(
        "--mirror",
        metavar="URL",
        help="serves the same file names, tried first; default $KUNSTER_MIRROR",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    return parser


if __name__ == "__main__":
    sys.exit(main())
