"""The page as a folder of plain files."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import torch

from kunster import __version__
from kunster.assets.paintings import title_of
from kunster.files.replacing import replacing
from kunster.networks.description import TRAINED_FOR, Description
from kunster.networks.stylizer import Stylizer, only, parameter_count
from kunster.networks.table2 import ROWS, Row, size_class
from kunster.page.networks import Shown
from kunster.page.runtime import FOLDER, copy_runtimes, hosted_runtimes
from kunster.page.samples import collage, sample_clip, thumb
from kunster.page.web_model import packed, web_model
from kunster.pictures.images import webp_bytes
from kunster.web.pages import SHARED, TRY, render_page

WEB = Path(__file__).parent / "web"
SCRIPTS = ("elements.js", "slider.js")  # of `SHARED`
MODULE = "kunster"  # the folder of the ES module, in WEB and on the page
INDEX, TEMPLATE, ICON = "index.html", "index.html.j2", "icon.svg"
SITE, SAMPLE, RUNTIME = "site.json", "sample.mp4", "runtime.json"
BEGIN = 14  # the paper's finest of those that are fast enough everywhere
LAST = "temporal"
MEASURED = "measured"  # the folder of networks without training
SEED = 0  # of their weights, which make no difference to the time


def write_site(
    shown: Sequence[Shown],
    folder: Path,
    runtime_url: str | None = None,
    measure: bool = False,
    joined: bool = False,
) -> None:
    """Writes a page for these networks; `folder` is replaced when the new one is complete.

    Args:
        runtime_url: where onnxruntime-web is hosted; None copies it into the folder.
        measure: let visitors measure how fast their device runs the networks of Table II.
        joined: with links to the other views of `kunster open`.

    Raises:
        UserError: the folder is something else, cannot be written, or onnxruntime-web is missing.
    """
    with replacing(folder) as part:
        shutil.copytree(WEB, part, ignore=shutil.ignore_patterns(TEMPLATE))
        for name in SCRIPTS:
            shutil.copyfile(SHARED / name, part / "js" / name)
        shutil.copyfile(SHARED / ICON, part / ICON)
        _add_runtime(part / MODULE, runtime_url)
        shutil.copyfile(sample_clip(), part / SAMPLE)
        measured = _measured(part) if measure else []
        _add_networks(shown, part, sample=SAMPLE, begin=_begin(shown).key, measured=measured)
        page = render_page(WEB / TEMPLATE, TRY, joined, painting_policy(runtime_url))
        (part / INDEX).write_text(page, encoding="utf-8")


def write_module(shown: Sequence[Shown], folder: Path, runtime_url: str | None = None) -> None:
    """Writes what the page is made with, for other pages: `kunster.js` and these networks.

    Errors are those of `write_site`.
    """
    with replacing(folder) as part:
        shutil.copytree(WEB / MODULE, part)
        _add_runtime(part, runtime_url)
        _add_networks(shown, part)


def sizes(folder: Path) -> Mapping[str, int]:
    """Bytes of a site by purpose."""
    names = {
        **{SAMPLE: "sample clip", FOLDER: "onnxruntime-web"},
        **{"networks": "networks", MEASURED: "networks to measure"},
    }
    found = dict.fromkeys([*names.values(), "code and pictures"], 0)
    for file in folder.rglob("*"):
        if file.is_file():
            parts = file.relative_to(folder).parts
            purpose = next(
                (words for name, words in names.items() if name in parts), "code and pictures"
            )
            found[purpose] += file.stat().st_size
    return found


def _add_runtime(module: Path, runtime_url: str | None) -> None:
    files = hosted_runtimes(runtime_url) if runtime_url else copy_runtimes(module)
    (module / RUNTIME).write_text(json.dumps(files, indent=1), encoding="utf-8")


def _add_networks(shown: Sequence[Shown], folder: Path, **more: object) -> None:
    """Writes networks and pictures, and a catalogue of them with these entries more."""
    content = {"version": __version__, "networks": write_networks(shown, folder), **more}
    (folder / SITE).write_text(json.dumps(content, indent=1), encoding="utf-8")


def write_networks(shown: Sequence[Shown], folder: Path) -> list[dict[str, Any]]:
    """Writes networks and pictures into a site; returns an entry of its catalogue for each."""
    for place in ("networks", "pictures"):
        (folder / place).mkdir(parents=True, exist_ok=True)
    pictures, mixed = {}, {}
    for style in dict.fromkeys(each.description.style for each in shown):
        chosen = _begin([each for each in shown if each.description.style == style])
        pictures[style], mixed[style] = _pictures(chosen, folder)
    return [
        _entry(each, folder, pictures[each.description.style], mixed[each.description.style])
        for each in shown
    ]


def _pictures(shown: Shown, folder: Path) -> tuple[str, list[dict[str, str]]]:
    """Writes a picture of a style; of a network of several one more for each, with its names."""
    styles = shown.description.styles or ()
    thumbs = [thumb(only(shown.network, number)) for number in range(len(styles) or 1)]
    several = [
        {"name": style, "title": title_of(style), "thumb": f"pictures/{shown.key}_{number}.webp"}
        for number, style in enumerate(styles)
    ]
    for entry, picture in zip(several, thumbs, strict=False):
        (folder / entry["thumb"]).write_bytes(webp_bytes(picture))
    path = f"pictures/{shown.key}.webp"
    (folder / path).write_bytes(webp_bytes(collage(thumbs)))
    return path, several


def _entry(
    each: Shown, folder: Path, picture: str, mixed: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    description, figures = each.description, each.figures
    file = f"networks/{each.key}.onnx.gz"
    content = packed(web_model(each.network, description))
    (folder / file).write_bytes(content)
    return {
        "key": each.key,
        "style": description.style,
        "title": each.title,
        "name": each.name,
        "id": each.id,
        "called": each.called,
        "size": size_class(description.parameters),
        "alpha": description.alpha,
        "beta": description.beta,
        "parameters": description.parameters,
        "stage": description.stage,
        "trained_for": TRAINED_FOR[description.stage],
        "file": file,
        "bytes": len(content),
        "thumb": picture,
        "styles": mixed,
        "figures": {name: getattr(figures, name) for name in ("style", "content", "e_stab")},
        "judge": each.judge,
        "phone": each.phone,
    }


def _measured(folder: Path) -> list[dict[str, Any]]:
    """Writes the networks of Table II, untrained; returns an entry of the catalogue for each.

    The smallest is the first, so that a phone shows figures soon.
    """
    (folder / MEASURED).mkdir()
    entries = []
    for row in ROWS:
        network, description = _untrained(row)
        file = f"{MEASURED}/{row.id}.onnx.gz"
        (folder / file).write_bytes(packed(web_model(network, description)))
        entries.append({"id": row.id, "parameters": description.parameters, "file": file})
    return sorted(entries, key=lambda entry: entry["parameters"])


def _untrained(row: Row) -> tuple[Stylizer, Description]:
    """The network of a row of Table II with random weights, always the same ones."""
    described = Description(
        style="untrained",
        kind="kunster",  # the paper's
        alpha=row.alpha,
        beta=row.beta,
        layout="table2",
        norm="instance",
        stage="perceptual",
        parameters=0,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        network = described.build().requires_grad_(False).eval()
    return network, replace(described, parameters=parameter_count(network))


def _begin(shown: Sequence[Shown]) -> Shown:
    """The first network shown: id 14 of the first style, its last stage; else the smallest."""
    style = shown[0].description.style
    ours = [each for each in shown if each.description.style == style]
    preferred = [each for each in ours if each.id == BEGIN] or [
        each for each in ours if each.name == ours[0].name
    ]
    return next((each for each in preferred if each.description.stage == LAST), preferred[-1])


def painting_policy(runtime_url: str | None) -> dict[str, str]:
    """Content security policy of a page that paints: its own origin, and a hosted runtime."""
    host, workers = "", ""
    if runtime_url:
        parts = urlsplit(runtime_url)
        host, workers = f" {parts.scheme}://{parts.netloc}", " blob:"  # its threads begin as blobs
    return {
        "script-src": f"'self' 'wasm-unsafe-eval'{host}{workers}",
        "worker-src": f"'self'{workers}",
        "connect-src": f"'self'{host}",
        "img-src": "'self' blob:",
        "media-src": "'self' blob:",
    }
