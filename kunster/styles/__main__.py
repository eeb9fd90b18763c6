"""`python -m kunster.styles`: the styles that ship; `… pack` and `… figures` make the files."""

import argparse
import sys
from pathlib import Path

from kunster.console.command import Arguments, verb
from kunster.errors import UserError


@verb()
def main(arguments: Arguments = None) -> None:
    """Lists the styles, draws them on a sheet, or packs runs."""
    options = _parser().parse_args(arguments)
    if options.task == "pack":
        _pack(options)
    elif options.task == "figures":
        _figures(options)
    else:
        _list(options)


def _list(options: argparse.Namespace) -> None:
    if options.sheet and options.sheet.suffix.lower() != ".png":
        raise UserError(f"--sheet {options.sheet}: must end in .png")
    from rich.console import Console

    from kunster.styles.catalogue import shipped_styles
    from kunster.styles.listing import print_styles, styles_json

    styles = shipped_styles()
    if options.sheet:
        from kunster.pictures.images import write_png
        from kunster.styles.sheet import contact_sheet, sheet_photos

        write_png(contact_sheet(styles, sheet_photos()), options.sheet)
    if options.json:
        print(styles_json(styles))
    elif options.sheet:
        print(options.sheet)
    else:
        print_styles(styles, Console(highlight=False))


def _pack(options: argparse.Namespace) -> None:
    from kunster.styles.packing import pack

    written = pack(options.runs, options.out, options.evaluation)
    for path in written:
        print(f"{path}  {path.stat().st_size / 1000:.0f} kB")
    total = sum(path.stat().st_size for path in written)
    print(f"{total / 1e6:.2f} MB in all")


def _figures(options: argparse.Namespace) -> None:
    from kunster.styles.evaluations import read_evaluation
    from kunster.styles.figures import renew

    for path in renew(options.folder, [read_evaluation(path) for path in options.evaluation]):
        print(path)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kunster.styles",
        description="Lists the styles that ship: paintings, networks, licences.",
    )
    parser.add_argument(
        "--sheet",
        type=Path,
        metavar="FILE.png",
        help="draw them: each swatch, and photos through each network",
    )
    parser.add_argument("--json", action="store_true", help="the list for programs")
    tasks = parser.add_subparsers(dest="task", metavar="pack | figures", title="tasks")
    packing = tasks.add_parser(
        "pack",
        help="make the files that ship out of run folders; pack --help tells more",
        description="Writes <style>/<id>-<stage>.safetensors, in half precision or 8 bits, and a "
        "card beside each, <id>-<stage>.md, for every stage of the runs.",
    )
    packing.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="run folders, finished")
    packing.add_argument(
        "--out", type=Path, default=Path("trained"), metavar="DIR", help="default: trained"
    )
    figures = tasks.add_parser(
        "figures",
        help="put an evaluation of files that ship on their cards",
        description="Puts the figures of evaluations on the cards that pack wrote, in place of "
        "earlier ones; cards of networks that were not evaluated stay as they are.",
    )
    figures.add_argument("folder", type=Path, metavar="DIR", help="that pack wrote to")
    for task, needed in ((packing, False), (figures, True)):
        task.add_argument(
            "--evaluation",
            type=Path,
            nargs="+",
            action="extend",
            default=[],
            required=needed,
            metavar="FILE",
            help="evaluation.json from `python -m kunster.evaluate`, for the figures on the cards",
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
