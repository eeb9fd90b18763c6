"""`kunster fetch NAME`: downloads weights and data sets that do not ship with kunster."""

import sys
from argparse import Namespace

from kunster.assets import registry
from kunster.console.command import verb
from kunster.console.parser import Parser
from kunster.errors import UserError


def _main(options: Namespace) -> None:
    from kunster.fetch.bring import bring, mirror_named, print_assets

    root = options.out or registry.data_root()
    names = options.names or (["all"] if options.list else [])
    if not names:
        raise UserError(
            "nothing to fetch: name vgg16, vgg19, coco, sintel, raft or all; --list shows them"
        )
    assets = list(dict.fromkeys(asset for name in names for asset in registry.assets_named(name)))
    if options.list:
        print_assets(assets, root)
    else:
        bring(assets, root, mirror_named(options.mirror), options.yes)


def parser() -> Parser:
    made = Parser(
        "fetch",
        "NAME … [options]",
        "Downloads weights and data sets that do not ship with kunster. Shows sizes and licences "
        "first. Downloads are resumed, checked and unpacked; files that are already there are "
        "skipped.",
        ["--list", "vgg19 sintel"],
        {"--to": "--out"},
    )
    choices = ", ".join([*registry.GROUPS, *registry.ASSETS])
    made.add_argument("names", nargs="*", metavar="NAME", help=f"what to download: {choices}")
    made.share("--list", use=": sizes and licences")
    made.share("--out", use=" to (default: $KUNSTER_DATA, else ~/.local/share/kunster)")
    made.add_argument(
        "--mirror",
        metavar="URL",
        help="address that serves the same file names, tried first (default: $KUNSTER_MIRROR)",
    )
    made.add_argument("--yes", action="store_true", help="download without asking")
    return made


main = verb(
    parser,
    _main,
    interrupted="interrupted; the same command continues where it stopped",
    extra="train",
)

if __name__ == "__main__":
    sys.exit(main())
