"""`kunster blend scream starry_night --weights 0.7 0.3 --out mixed.safetensors`.

A style between styles, in a file like any other: `kunster stylize`, `kunster export` and
`kunster page` take it.
"""

import sys
from argparse import Namespace

from kunster.console.command import verb
from kunster.console.options import MODEL, number, path
from kunster.console.parser import Parser
from kunster.errors import UserError
from kunster.files.replacing import check_absent

STRIPS = (".png", ".jpg")


def _main(options: Namespace) -> None:
    _check(options)
    from kunster.blend.writing import blend

    files = options.out, options.strip
    blend(options.models, options.weights, *files, options.photos, options.limit)


def _check(options: Namespace) -> None:
    """Validates the options."""
    if len(set(options.models)) < len(options.models) or len(options.models) < 2:
        raise UserError("blend what? Give two different models or more; --help tells how")
    if options.out is None and options.strip is None:
        raise UserError("to where? --out mixed.safetensors, or --strip path.jpg to look first")
    if options.weights is not None and len(options.weights) != len(options.models):
        raise UserError(
            f"--weights: {len(options.weights)} for {len(options.models)} models; give one each"
        )
    if options.out is not None and options.out.suffix != ".safetensors":
        raise UserError(f"--out {options.out}: must end in .safetensors")
    if options.strip is not None and options.strip.suffix not in STRIPS:
        raise UserError(f"--strip {options.strip}: must end in {' or '.join(STRIPS)}")
    check_absent(filter(None, (options.out, options.strip)), options.overwrite)


def parser() -> Parser:
    made = Parser(
        "blend",
        "MODEL MODEL … (--out FILE | --strip FILE) [options]",
        "Makes one network that paints between the styles of several, by averaging their weights. "
        "It works for networks of one layout that were trained from the same start: runs with "
        "start=… of one network, or styles that ship of one id and kind.",
        [
            "scream starry_night --strip way.jpg",
            "scream starry_night --weights 0.7 0.3 --out mixed.safetensors",
        ],
    )
    made.add_argument("models", nargs="+", metavar="MODEL", help=f"two or more, each {MODEL}")
    made.add_argument(
        "--weights",
        nargs="+",
        type=number(0),
        metavar="W",
        help="one a model: 0.7 0.3, or 7 3 (default: the same for all)",
    )
    made.share("--out", metavar="FILE", help="the .safetensors file to write the blend to")
    made.add_argument(
        "--strip",
        type=path,
        metavar="FILE",
        help="a .jpg or .png: each model's way to the next in five steps on one photo; their "
        "distances from both paintings and from the photos are printed",
    )
    made.share("--photos", use=", for the distances of --strip (default: four that ship)")
    made.share("--limit", default=25)
    made.share("--overwrite")
    return made


main = verb(parser, _main, extra="export")

if __name__ == "__main__":
    sys.exit(main())
