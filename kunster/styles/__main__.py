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
    if options.base and not options.sheet:
        raise UserError("--base: needs --sheet FILE")
    check_absent([options.sheet] if options.sheet else [], options.overwrite)
    from rich.console import Console

    from kunster.styles.catalogue import shipped_styles, styles_of_base
    from kunster.styles.listing import print_styles, styles_json

    styles, of_base = shipped_styles(), styles_of_base()
    if options.sheet:
        from kunster.styles.sheet import (
            base_sheet,
            contact_sheet,
            own_photos,
            sheet_photos,
            write_sheet,
        )

        photos = own_photos(options.photos) if options.photos else sheet_photos()
        drawn = base_sheet(of_base, photos) if options.base else contact_sheet(styles, photos)
        write_sheet(drawn, options.sheet)
    if options.json:
        named = {style.name for style in styles}
        print(styles_json([*styles, *(each for each in of_base if each.name not in named)]))
    elif options.sheet:
        print(options.sheet)
    else:
        print_styles(styles, of_base, Console(highlight=False))


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
    made.add_argument(
        "--base",
        action="store_true",
        help="draw the styles of the one network of many instead",
    )
    made.share("--overwrite")
    made.share("--json")
    return made


main = verb(parser, _main)

if __name__ == "__main__":
    sys.exit(main())
