"""Downloads weights and data sets that do not ship with kunster.

Shows sizes and licences first. Downloads are resumed, checked and unpacked; files that are already
there are skipped.
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
    options = _parser().parse_args(arguments)
    root = options.to.expanduser() if options.to else registry.data_root()
    names = options.names or (["all"] if options.list else [])
    if not names:
        raise UserError(
            "nothing to fetch: name vgg16, vgg19, coco, sintel, raft or all; --list shows them"
        )
    assets = list(dict.fromkeys(asset for name in names for asset in registry.assets_named(name)))
    if options.list:
        Console().print(asset_table(assets, root))
    else:
        bring(assets, root, mirror_named(options.mirror), options.yes)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kunster.fetch", description=__doc__)
    choices = ", ".join([*registry.GROUPS, *registry.ASSETS])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"assets or groups: {choices}")
    parser.add_argument(
        "--list", action="store_true", help="show sizes and licences, fetch nothing"
    )
    parser.add_argument(
        "--to",
        type=Path,
        metavar="DIR",
        help="folder to download to; default $KUNSTER_DATA, ~/.local/share/kunster",
    )
    parser.add_argument(
        "--mirror",
        metavar="URL",
        help="address that serves the same file names, tried first; default $KUNSTER_MIRROR",
    )
    parser.add_argument("--yes", action="store_true", help="download without asking")
    return parser


if __name__ == "__main__":
    sys.exit(main())
