"""`kunster open [FOLDER]`: Try, Gallery, Runs, Report and Compare in one local page."""

import signal
import sys
import tempfile
from argparse import Namespace
from pathlib import Path
from secrets import token_urlsafe
from threading import Event, Thread

from kunster.console.command import tell, verb
from kunster.console.options import path, whole
from kunster.console.parser import Parser
from kunster.errors import UserError
from kunster.files.replacing import check_replaceable, replacing

MINE = "site.json"  # what tells a folder that may be replaced
RUNS = Path("runs")  # where `kunster run` writes
AGAIN = 5.0  # s between two looks for runs that ended
PAINTING = "The styles that ship are being painted, once: a minute or two."


def _main(options: Namespace) -> None:
    folder = options.folder or (RUNS if RUNS.is_dir() else Path())
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder")
    if options.out:
        _write(folder, options)
    else:
        with tempfile.TemporaryDirectory() as live:
            _serve(folder, Path(live), options)


def _write(folder: Path, options: Namespace) -> None:
    """Writes the static folder."""
    import shutil

    check_replaceable(options.out, MINE, "page", options.overwrite)
    from kunster.open import site

    shipped = site.shipped_views(options.runtime_url)
    site.paint_gallery(shipped, tell)
    with replacing(options.out) as part:
        shutil.copytree(shipped, part)
        site.write_runs(folder, part, static=True)
        site.write_own(folder, shipped, part)
        site.write_compare(folder, shipped, part, options.runtime_url)
        site.write_reports(folder, part)
    print(options.out / "index.html")


def _serve(folder: Path, live: Path, options: Namespace) -> None:
    """Serves the views until Ctrl-C; what takes long is made meanwhile."""
    from kunster.open import site
    from kunster.open.server import views_handler
    from kunster.open.starting import Trainings
    from kunster.page.server import serving
    from kunster.web.pages import GALLERY, REPORT

    for each in (signal.SIGINT, signal.SIGTERM):  # trainings end with it
        signal.signal(each, signal.default_int_handler)
    shipped = site.shipped_views(options.runtime_url)
    waiting = live / "waiting"
    site.write_words(GALLERY, [PAINTING], waiting, again=True)
    site.write_words(REPORT, ["The report is being made…"], waiting, again=True)
    site.write_runs(folder, live, static=False)
    site.write_compare(folder, shipped, live, options.runtime_url)
    token, ended, trainings = token_urlsafe(16), Event(), Trainings(folder)
    handler = views_handler(token, [live, shipped, waiting], trainings)
    with serving(folder, options.port, handler) as address:
        print(f"{address}{token}/  (Ctrl-C ends it)", flush=True)
        making = (folder, live, shipped, options.runtime_url, ended)
        Thread(target=_make, args=making, daemon=True).start()
        try:
            ended.wait()
        except KeyboardInterrupt:
            print()
        finally:
            ended.set()
            trainings.end(tell)


def _make(folder: Path, live: Path, shipped: Path, runtime_url: str | None, ended: Event) -> None:
    """The gallery, once; networks of one's own and the reports, whenever a run ended."""
    from kunster.open import site
    from kunster.open.runs import sweeps
    from kunster.results.run_folder import RESULTS

    before = None
    while not ended.is_set():
        files = [file for sweep in sweeps(folder) for file in sorted(sweep.glob(f"*/{RESULTS}"))]
        now = [(file, file.stat().st_mtime_ns) for file in files]
        if now != before:
            site.write_own(folder, shipped, live)
            site.write_compare(folder, shipped, live, runtime_url)
            site.write_reports(folder, live)
            before = now
        site.paint_gallery(shipped, tell)
        ended.wait(AGAIN)


def parser() -> Parser:
    made = Parser(
        "open",
        "[FOLDER] [options]",
        "Opens one page for all there is to see: networks live (Try), the styles that ship "
        "(Gallery), run folders while they train (Runs), sweeps (Report), and two networks under a "
        "line (Compare). On this computer alone: nothing leaves it.",
        ["", "runs/table2 --port 8000", "runs --out site"],
    )
    made.add_argument(
        "folder",
        type=path,
        metavar="FOLDER",
        nargs="?",
        help="run folders are looked for in it and below (default: runs, if it is there)",
    )
    made.add_argument(
        "--port", type=whole(0, 65535), default=0, metavar="N", help="0 for any that is free"
    )
    made.share("--out", use=": plain files as of now, for any web server")
    made.share("--overwrite")
    made.share("--runtime-url")
    return made


main = verb(parser, _main, extra="export")

if __name__ == "__main__":
    sys.exit(main())
