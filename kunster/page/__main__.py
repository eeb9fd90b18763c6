"""`python -m kunster.page [MODELS] --out site/`: networks live in the browser, camera included."""

import argparse
import sys
from pathlib import Path
from threading import Event

from kunster.console.command import Arguments, verb
from kunster.files.replacing import check_replaceable

MINE = "site.json"  # what tells a folder that may be replaced


@verb()
def main(arguments: Arguments = None) -> None:
    options = _parser().parse_args(arguments)
    check_replaceable(options.out, MINE, "page")
    from kunster.page.networks import shown_networks
    from kunster.page.site import sizes, write_site

    shown = shown_networks(options.models)
    write_site(shown, options.out, options.runtime_url)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kunster.page",
        description="Writes a static page that runs networks live in the browser: camera, photos "
        "and videos, nothing of which leaves the device.",
    )
    parser.add_argument(
        "models",
        metavar="MODELS",
        nargs="*",
        help="run folders, a sweep's folder, model files, or styles that ship; without any, the "
        "styles that ship, up to 100,000 parameters",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--serve", action="store_true", help="show it on localhost until Ctrl-C")
    parser.add_argument("--port", type=int, default=8000, help="of --serve (default: 8000)")
    parser.add_argument(
        "--runtime-url",
        metavar="URL",
        help="a hosted dist folder of onnxruntime-web, used instead of a copy from npm",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
