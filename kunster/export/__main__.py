"""`kunster export MODEL … [TARGET …]`: files for apps, each checked against its network."""

import sys
from argparse import Namespace

from kunster.console.command import verb
from kunster.console.options import MODEL, one_of, path
from kunster.console.parser import Parser
from kunster.errors import UserError


def _main(options: Namespace) -> None:
    from kunster.export.exporting import export, list_targets

    if options.list:
        list_targets()
    elif options.model is None:
        raise UserError("MODEL: missing; kunster export --help tells more")
    else:
        export(options)


def parser() -> Parser:
    made = Parser(
        "export",
        "MODEL … [TARGET …] [options]",
        "Converts trained networks to files for apps, each checked against its network: ONNX, "
        "Core ML, LiteRT, ExecuTorch.",
        [
            "runs/scream_a0.25_b0.5",
            "scream:8 onnx coreml-int8 --out app",
            "scream udnie starry_night --out App",
            "--list",
        ],
    )
    made.add_argument(
        "model",
        type=path,
        nargs="?",
        metavar="MODEL",
        help=f"{MODEL}; or a folder of runs; of a run both stages are exported",
    )
    made.add_argument(
        "more",
        nargs="*",
        default=[],
        metavar="TARGET",
        help="onnx, coreml, litert or one of the others in --list (default: what is marked there); "
        "and further MODELs, whose files then have their styles' names in DIR: Scream.mlpackage, "
        "scream.tflite",
    )
    made.share("--style", use=", alone in plain files of one input")
    made.share("--list", use=": targets, their files, which are installed")
    made.share("--out", use=" to (default: beside each model)")
    made.share("--overwrite", use="; what was exported from the same network needs none")
    made.add_argument(
        "--sizes",
        type=one_of("enumerated", "ranged", "fixed"),
        default="enumerated",
        metavar="KIND",
        help="image sizes that a Core ML package takes: enumerated (the common ones), "
        "ranged or fixed",
    )
    made.add_argument(
        "--thorough",
        action="store_true",
        help="compare at every size, and on black, white, saturated and noisy pictures",
    )
    made.share("--photos", use=", to compare on (default: two of scikit-image)")
    made.share("--limit", default=2)
    table = made.add_argument_group("a table of sizes, errors and style distances")
    table.add_argument(
        "--table", type=path, metavar="DIR", help="the folder to write sizes.csv and sizes.md to"
    )
    made.share("--judge", group=table)
    made.share("--painting", group=table, use=" (default: the one of the style)")
    return made


main = verb(parser, _main, extra="export")

if __name__ == "__main__":
    sys.exit(main())
