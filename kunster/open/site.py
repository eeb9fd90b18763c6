"""The views as folders of plain files: those of what ships, made once, and those of the runs."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from kunster.assets import trained
from kunster.console.extras import not_found
from kunster.data.cache import cache_folder, cache_root, remove_older, stamps
from kunster.data.cached_file import made_alone
from kunster.data.preview_photos import PHOTO_NAMES, preview_pictures
from kunster.errors import UserError
from kunster.files.replacing import replacing
from kunster.gallery.painting import shown_clip, shown_photos
from kunster.gallery.rooms import rooms
from kunster.gallery.write import write_gallery
from kunster.networks.description import STAGES
from kunster.open.runs import SHOWN, evaluations, packed_folder, run_folders, sweeps
from kunster.open.server import RUN_FILES, RUNS_JSON, runs_json
from kunster.open.starting import CHOICES
from kunster.page.networks import shown_networks
from kunster.page.site import SITE, painting_policy, write_networks, write_site
from kunster.pictures.images import webp_bytes
from kunster.results.run_folder import RESULTS
from kunster.web.pages import COMPARE, GALLERY, REPORT, RUNS, SHARED, VIEWS, render_page

HERE = Path(__file__).parent
ROOMS = ("gallery", "open", "page", "web")  # whose code a cached view depends on
PACKAGE = "model.mlpackage"  # a folder: to be had as a zip file
PHOTO_ITSELF = "the photo itself"
MOST_OWN = 30  # runs, the latest
NO_REPORT = "There is a report as soon as a run has ended; kunster sweep table2 makes a whole one."
Say = Callable[[str], None]


def shipped_views(runtime_url: str | None = None) -> Path:
    """Try, and in `gallery` the gallery once `paint_gallery` was called: a folder in the cache.

    Raises:
        UserError: onnxruntime-web cannot be had, or the cache cannot be written.
    """
    package = HERE.parent
    inside = [file for room in ROOMS for file in sorted((package / room).rglob("*"))]
    code = [file for file in inside if file.suffix in (".py", ".js", ".css", ".j2", ".svg")]
    weights = sorted(trained.FOLDER.rglob("*.safetensors"))
    fingerprint = f"{runtime_url} {stamps(code, package)} {stamps(weights, trained.FOLDER)}"
    folder = cache_folder(cache_root() / "open", "shipped", fingerprint)
    with made_alone(folder):
        if not (folder / SITE).is_file():
            everything = shown_networks([], most=float("inf"))
            write_site(everything, folder, runtime_url, measure=True, joined=True)
            remove_older(folder)
    return folder


def paint_gallery(folder: Path, say: Say) -> None:
    """Writes the gallery into the folder of `shipped_views`, unless it is there."""
    target = folder / Path(VIEWS[GALLERY]).parent
    if not target.is_dir():
        write_gallery(rooms(), shown_photos(None, say), shown_clip(None), target, joined=True)


def write_runs(folder: Path, target: Path, static: bool) -> None:
    """The view Runs; a static one with copies of the pictures and curves as of now."""
    page = render_page(
        HERE / "runs.html.j2",
        RUNS,
        True,
        dict.fromkeys(("connect-src", "img-src", "media-src"), "'self'"),
        [SHARED / "elements.js", HERE / "start.js", HERE / "runs.js"],
        folder=folder.resolve(),
        choices={} if static else CHOICES,
    )
    _write(page, target / VIEWS[RUNS])
    if static:
        (target / RUNS_JSON).write_bytes(runs_json(folder))
        for run in run_folders(folder):
            for file in (found for name in SHOWN for found in run.rglob(name)):
                copy = target / RUN_FILES / file.relative_to(folder)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, copy)
            for package in run.rglob(PACKAGE):
                copy = target / RUN_FILES / package.relative_to(folder)
                copy.with_name(f"{PACKAGE}.zip").write_bytes(packed_folder(package))


def write_own(folder: Path, shipped: Path, target: Path) -> None:
    """Adds the networks of the runs that ended to those that ship, for Try and Compare.

    Each run is a style of its own, as two of one painting would be hard to tell apart.
    """
    own = []
    for run in [run for run in run_folders(folder) if (run / RESULTS).is_file()][:MOST_OWN]:
        name = str(run.relative_to(folder)) if run != folder else run.resolve().name
        try:
            own += _own(run, name, target, (run / RESULTS).stat().st_mtime_ns)
        except UserError:
            continue  # damaged, or another tool's: Runs shows that it is there
    catalogue = json.loads((shipped / SITE).read_text(encoding="utf-8"))
    catalogue["networks"] = [*own, *catalogue["networks"]]
    _write(json.dumps(catalogue, indent=1), target / SITE)


@cache
def _own(run: Path, name: str, target: Path, changed: int) -> list[dict[str, Any]]:
    """Writes the networks of a run; returns their entries."""
    shown = [replace(each, name=name) for each in shown_networks([str(run)])]
    return [
        {
            **entry,
            "style": f"own {name}",
            "title": name if name == entry["title"] else f"{entry['title']} ({name})",
        }
        for entry in write_networks(shown, target)
    ]


def write_compare(folder: Path, shipped: Path, target: Path, runtime_url: str | None) -> None:
    """The view Compare: networks of Try, painted live, and the evaluations below `folder`."""
    site = target if (target / SITE).is_file() else shipped  # before and after `write_own`
    networks = json.loads((site / SITE).read_text(encoding="utf-8"))["networks"]
    pictures = {name: f"{name}.webp" for name in PHOTO_NAMES}
    for name, picture in zip(pictures.values(), preview_pictures(), strict=True):
        file = target / Path(VIEWS[COMPARE]).with_name(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(webp_bytes(picture))
    photo = {"key": "photo", "group": "before any network", "label": PHOTO_ITSELF}
    sources = [{**photo, "name": PHOTO_ITSELF}, *map(_source, networks)]
    steady = [each["key"] for each in networks if each["stage"] == "temporal"]
    first = steady or [each["key"] for each in sources]
    data = {
        "names": list(pictures),
        "thumbs": list(pictures.values()),
        "sources": sources,
        **{"left": first[0], "right": first[min(2, len(first) - 1)]},
    }
    scripts = [
        *(SHARED / name for name in ("elements.js", "slider.js", "compare.js")),
        HERE / "painted.js",
    ]
    page = render_page(
        HERE / "compare.html.j2",
        COMPARE,
        True,
        painting_policy(runtime_url),
        scripts,
        pictures=data,
        tables=evaluations(folder),
    )
    _write(page, target / VIEWS[COMPARE])


def write_reports(folder: Path, target: Path) -> None:
    """A report of each folder with finished runs, or in words why there is none."""
    found = sweeps(folder)
    names = [str(folder.resolve().name / each.relative_to(folder)) for each in found]
    addresses = {name: f"{number or 'index'}.html" for number, name in enumerate(names)}
    if not found:
        write_words(REPORT, [NO_REPORT], target, again=False)
    for sweep, (name, address) in zip(found, addresses.items(), strict=True):
        others = {other: there for other, there in addresses.items() if other != name}
        _write(_report(sweep, others), (target / VIEWS[REPORT]).with_name(address))


def _report(sweep: Path, others: Mapping[str, str]) -> str:
    try:
        from kunster.report.write import sweep_page

        return sweep_page(sweep, others)
    except (UserError, ModuleNotFoundError) as error:
        needed = not_found(error) if isinstance(error, ModuleNotFoundError) else None
        return _words(REPORT, [str(needed or error)], again=False)


def write_words(view: str, words: Sequence[str], target: Path, again: bool) -> None:
    """A view of which there is nothing to see yet; `again`: it asks until there is."""
    _write(_words(view, words, again), target / VIEWS[view])


def _words(view: str, words: Sequence[str], again: bool) -> str:
    return render_page(
        HERE / "words.html.j2", view, True, {"img-src": "'self'"}, words=words, again=again
    )


def _source(network: dict[str, Any]) -> dict[str, str]:
    stage = STAGES[network["stage"]]
    return {
        "key": network["key"],
        "group": f"{network['title']}, {stage}",
        "label": f"{network['title'].partition(' (')[0]}: {network['called']}",
        "name": f"{network['title']}: {network['called']}, {stage}",
        "file": f"../{network['file']}",
    }


def _write(page: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        part.write_text(page, encoding="utf-8")
