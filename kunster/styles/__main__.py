"""`kunster styles`: the styles that ship, as a list or on a contact sheet."""

import sys
from argparse import Namespace

from kunster.console.command import verb
from kunster.console.options import path
from kunster.console.parser import Parser
from kunster.errors import UserError
from kunster.files.replacing import check_absent


def _main(options: Namespace) -> None:
    if options.sheet and options.sheet.suffix.lower() != ".png":
        raise UserError(f"--sheet {options.sheet}: must end in .png")
    check_absent([options.sheet] if options.sheet else [], options.overwrite)
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


def parser() -> Parser:
    made = Parser(
        "styles",
        "[options]",
        "Lists the styles that ship: paintings, networks, licences. `kunster stylize --model` "
        "takes their names.",
        ["", "--sheet styles.png"],
    )
    made.add_argument(
        "--sheet",
        type=path,
        metavar="FILE.png",
        help="draw them: each painting, and photos through each network",
    )
    made.share("--overwrite")
    made.share("--json")
    return made


main = verb(parser, _main)

if __name__ == "__main__":
    sys.exit(main())
