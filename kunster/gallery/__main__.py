"""`kunster gallery`: a page of photos and a clip in the styles that ship."""

import sys
from argparse import Namespace
from pathlib import Path

from kunster.console.command import tell, verb
from kunster.console.options import path
from kunster.console.parser import Parser
from kunster.files.replacing import check_replaceable


def _main(options: Namespace) -> None:
    from kunster.gallery.painting import shown_clip, shown_photos
    from kunster.gallery.rooms import rooms
    from kunster.gallery.write import INDEX, MARK, write_gallery

    check_replaceable(options.out, MARK, "gallery", options.overwrite)
    shown = rooms(options.paintings)
    photos, clip = shown_photos(options.photos, tell), shown_clip(options.video)
    write_gallery(shown, photos, clip, options.out)
    networks = sum(len(room.exhibits) for room in shown)
    size = sum(file.stat().st_size for file in options.out.rglob("*") if file.is_file())
    print(f"{options.out / INDEX}  {len(shown)} styles, {networks} networks, {size / 1e6:.1f} MB")


def parser() -> Parser:
    made = Parser(
        "gallery",
        "[options]",
        "Writes a page, one folder that needs neither server nor network, with what the styles "
        "that ship make of photos and of a short film.",
        ["", "--photos ~/Pictures --video walk.mp4 --out gallery"],
        {"--clip": "--video"},
    )
    made.share("--photos", use=", at most 4, spread over it (default: photos that ship)")
    made.share("--video", use=", its first 6 seconds (default: a camera's walk over photos)")
    made.add_argument(
        "--paintings",
        type=path,
        metavar="DIR",
        help="pictures of the paintings, called like the styles or the ends of their names "
        "(great_wave.jpg, wave.jpg) (default: those that ship, 512 pixels high or wide)",
    )
    made.share("--out", default=Path("gallery"))
    made.share("--overwrite")
    return made


main = verb(
    parser, _main, interrupted="interrupted; an earlier gallery is as it was", extra="export"
)

if __name__ == "__main__":
    sys.exit(main())
