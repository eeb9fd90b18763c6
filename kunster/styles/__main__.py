"""`python -m kunster.styles`: the styles that ship, as a list or on a contact sheet."""

import argparse
import sys
from pathlib import Path

from kunster.console.command import Arguments, verb
from kunster.errors import UserError


@verb()
def main(arguments: Arguments = None) -> None:
    options = _parser().parse_args(arguments)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kunster.styles",
        description="Lists the styles that ship: paintings, networks, licences.",
    )
    parser.add_argument(
        "--sheet",
        type=Path,
        metavar="FILE.png",
        help="draw them: each painting, and photos through each network",
    )
    parser.add_argument("--json", action="store_true", help="the list for programs")
    return parser


if __name__ == "__main__":
    sys.exit(main())
