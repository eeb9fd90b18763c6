"""`kunster styles`: the styles that ship, as a list or on a contact sheet."""

import sys
from argparse import Namespace

from kunster.console.command import verb
from kunster.console.options import path
from kunster.console.parser import Parser
from kunster.errors import UserError
from kunster.files.replacing import check_absent

SUFFIXES = (".png", ".jpg", ".jpeg")


def _main(options: Namespace) -> None:
    if options.sheet and options.sheet.suffix.lower() not in SUFFIXES:
        raise UserError(f"--sheet {options.sheet}: must end in {' or '.join(SUFFIXES)}")
    if options.photos and not options.sheet:
        raise UserError(f"--photos {options.photos[0]}: needs --sheet FILE to draw it on")
    check_absent([options.sheet] if options.sheet else [], options.overwrite)
    from rich.console import Console

    from kunster.styles.catalogue import shipped_styles
    from kunster.styles.listing import print_styles, styles_json

    styles = shipped_styles()
    if options.sheet:
        from kunster.styles.sheet import contact_sheet, own_photos, sheet_photos, write_sheet

        photos = own_photos(options.photos) if options.photos else sheet_photos()
        write_sheet(contact_sheet(styles, photos), options.sheet)
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
        ["", "--sheet styles.png", "--sheet mine.jpg --photos my_photo.jpg"],
    )
    made.add_argument(
        "--sheet",
        type=path,
        metavar="FILE",
        help="draw them: each painting, and photos through each network; .png or .jpg",
    )
    made.share(
        "--photos",
        nargs="+",
        metavar="PATH",
        help="photos for the sheet, or folders of photos (default: two that ship)",
    )
    made.share("--overwrite")
    made.share("--json")
    return made


main = verb(parser, _main)

if __name__ == "__main__":
    sys.exit(main())
