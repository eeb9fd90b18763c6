"""`python -m kunster.gallery`: a page of photos and a clip in the styles that ship."""

import argparse
import sys
from pathlib import Path

from kunster.console.command import Arguments, verb
from kunster.files.replacing import check_replaceable


@verb(interrupted="interrupted; an earlier gallery is as it was")
def main(arguments: Arguments = None) -> None:
    options = _parser().parse_args(arguments)
    from kunster.gallery.painting import shown_clip, shown_photos
    from kunster.gallery.rooms import rooms
    from kunster.gallery.write import INDEX, MARK, write_gallery

    check_replaceable(options.out, MARK, "gallery")
    shown = rooms(options.paintings)
    photos, clip = shown_photos(options.photos, _say), shown_clip(options.clip)
    write_gallery(shown, photos, clip, options.out)
    networks = sum(len(room.exhibits) for room in shown)
    size = sum(file.stat().st_size for file in options.out.rglob("*") if file.is_file())
    print(f"{options.out / INDEX}  {len(shown)} styles, {networks} networks, {size / 1e6:.1f} MB")


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kunster.gallery",
        description="Writes a page, one folder that needs neither server nor network, with what "
        "the styles that ship make of photos and of a short clip.",
    )
    parser.add_argument(
        "--photos",
        type=Path,
        metavar="DIR",
        help="photos to paint, at most 4, spread over those in the folder; default: bundled ones",
    )
    parser.add_argument(
        "--clip",
        type=Path,
        metavar="FILE",
        help="a video, the first 6 seconds of it; default: a camera's walk over bundled photos",
    )
    parser.add_argument(
        "--paintings",
        type=Path,
        metavar="DIR",
        help="pictures of the paintings, called like the styles or the ends of their names "
        "(great_wave.jpg, wave.jpg); default: those that ship, 512 pixels high or wide",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("gallery"), help="folder to write; default: gallery"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
