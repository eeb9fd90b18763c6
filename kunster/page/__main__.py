"""`kunster page [MODELS] --out site/`: networks live in the browser, camera included."""

import sys
from argparse import Namespace
from pathlib import Path
from threading import Event

from kunster.console.command import verb
from kunster.console.options import MODEL, whole
from kunster.console.parser import Parser
from kunster.errors import UserError
from kunster.files.replacing import check_replaceable

MINE = "site.json"  # what tells a folder that may be replaced


def _main(options: Namespace) -> None:
    for name in ("serve", "measure"):
        if options.module and getattr(options, name):
            raise UserError(f"--{name}: is for the page, which --module leaves out")
    check_replaceable(options.out, MINE, "page", options.overwrite)
    from kunster.page.networks import shown_networks
    from kunster.page.site import sizes, write_module, write_site

    shown = shown_networks(options.models)
    if options.module:
        write_module(shown, options.out, options.runtime_url)
    else:
        write_site(shown, options.out, options.runtime_url, options.measure)
    parts = {name: size for name, size in sizes(options.out).items() if size}
    print(f"{options.out}: {len(shown)} networks, {sum(parts.values()) / 1e6:.1f} MB")
    print(", ".join(f"{name} {size / 1e6:.2f} MB" for name, size in parts.items()))
    if options.serve:
        _serve(options.out, options.port)


def _serve(folder: Path, port: int) -> None:
    """Serves the site until Ctrl-C."""
    from kunster.page.server import serving

    with serving(folder, port) as address:
        print(f"{address}  (Ctrl-C ends it)", flush=True)
        try:
            Event().wait()
        except KeyboardInterrupt:
            print()


def parser() -> Parser:
    made = Parser(
        "page",
        "[MODELS] --out DIR [options]",
        "Writes a static page that runs networks live in the browser: camera, photos and videos, "
        "nothing of which leaves the device.",
        [
            "--out site --serve",
            "runs/scream_a0.25_b0.5 --out site",
            "scream udnie --module --out web",
        ],
    )
    made.add_argument(
        "models",
        metavar="MODELS",
        nargs="*",
        help=f"each {MODEL}, or a sweep's folder; without any, the styles that ship, up to "
        "100,000 parameters",
    )
    made.share("--out", required=True)
    made.share("--overwrite")
    made.add_argument(
        "--module",
        action="store_true",
        help="write kunster.js, the ES module that paints in the page, for a page of your own",
    )
    made.add_argument(
        "--measure",
        action="store_true",
        help="with a button that measures how fast the device that shows the page runs the 15 "
        "networks of Table II; `kunster report --devices` draws the figures (4 MB more)",
    )
    made.add_argument("--serve", action="store_true", help="show it on localhost until Ctrl-C")
    made.add_argument(
        "--port", type=whole(0, 65535), default=8000, metavar="N", help="the port of --serve"
    )
    made.share("--runtime-url")
    return made


main = verb(parser, _main, extra="export")

if __name__ == "__main__":
    sys.exit(main())
