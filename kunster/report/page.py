"""index.html: the whole report in one file that needs neither server nor network."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import cv2

from kunster.networks.description import STAGES
from kunster.report.choice import PAPERS_CHOICE, RULE, candidates, recommended, shown_network
from kunster.report.drawing import DARK, LIGHT, Draw, svg, webp, webp_of_figure
from kunster.report.html_table import html_table
from kunster.report.inline import asset, policy_hash, with_wipe
from kunster.report.pictures import NAMES, Gallery
from kunster.report.sweep import Sweep
from kunster.report.table import agrees_with_paper
from kunster.results.runs import Run, paintings

HERE = Path(__file__).parent
PHOTO_ITSELF = "the photo itself"
THUMB = (144, 96)  # (width, height) in pixels


@dataclass(frozen=True)
class Picture:
    """A figure of the report.

    Attributes:
        name: of its files, without ending.
        alt: what is to be seen, for who does not see it.
        mosaic: made of photos, so wide that a small screen scrolls it; else a plot.
    """

    name: str
    title: str
    caption: str
    alt: str
    draw: Draw
    mosaic: bool


def page(sweep: Sweep, gallery: Gallery, figures: Sequence[Picture]) -> str:
    """The page; every word from a file is escaped, and nothing but its own script can run."""
    style, script = with_wipe(asset(HERE / "page.css"), asset(HERE / "page.js"))
    ours = recommended(candidates(sweep))
    return Template(asset(HERE / "page.html")).substitute(
        title=escape(sweep.folder.resolve().name),
        style=style,
        style_hash=policy_hash(style),
        script=script,
        script_hash=policy_hash(script),
        lede=escape(_lede(sweep)),
        choice=_choice(sweep),
        table=html_table(sweep, ours.label if ours else None),
        legend="<b class=ours>◆</b> our choice, <b class=papers>○</b> the paper's. "
        "The same table as files beside this page: table2.csv, table2.md.",
        figures=_figures(figures),
        notes="".join(f"<li>{escape(note)}</li>" for note in [RULE, *sweep.notes]),
        pictures=_for_script(_pictures(sweep, gallery)),
    )


def _lede(sweep: Sweep) -> str:
    known = [run for run in sweep.runs if run.printed]
    good = sum(agrees_with_paper(run.parameters, run.printed) for run in known if run.printed)
    devices = ", ".join(sorted({run.device for run in sweep.runs}))
    styles = ", ".join(paintings(sweep.runs))
    return (
        f"{_counted(len(sweep.runs), 'network')} in the style of {styles}, "
        f"trained on {devices}. {good} of {len(known)} agree with the paper's Table II in "
        "parameters, percentage of ReCoNet and MB."
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _choice(sweep: Sweep) -> str:
    papers = ", ".join(map(str, PAPERS_CHOICE))
    label, why = shown_network(sweep)
    words = f"The paper recommends {papers}. "
    if recommended(candidates(sweep)):
        return f"{words}By the figures here we recommend <b class=ours>{escape(label)}</b>."
    return (
        f"{words}We recommend none: figures are not measured. Fig. 5 shows {escape(label)}, {why}."
    )


def _figures(figures: Sequence[Picture]) -> str:
    """Mosaics one below the other, then plots two abreast."""
    mosaics = "".join(_figure(figure) for figure in figures if figure.mosaic)
    plots = "".join(_figure(figure) for figure in figures if not figure.mosaic)
    return f"{mosaics}<div class=pair>{plots}</div>"


def _figure(figure: Picture) -> str:
    width = figure.draw(LIGHT).get_figwidth()
    kind = "few" if width < 6 else "wide"
    light, dark = (_figure_data(figure, theme) for theme in (LIGHT, DARK))
    files = f"{figure.name}.png, {figure.name}.svg"
    return (
        f'<section aria-labelledby="{figure.name}"><h2 id="{figure.name}">'
        f"{escape(figure.title)}</h2><figure>"
        f'<div class="card {kind if figure.mosaic else ""}" tabindex="0" role="group" '
        f'aria-labelledby="{figure.name}"><picture>'
        f'<source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img src="{light}" alt="{escape(figure.alt)}"></picture></div>'
        f"<figcaption>{escape(figure.caption)} ({files})</figcaption></figure></section>"
    )


def _figure_data(figure: Picture, theme) -> str:  # type: ignore[no-untyped-def]
    if figure.mosaic:
        return _data("image/webp", webp_of_figure(figure.draw, theme))
    return _data("image/svg+xml", svg(figure.draw, theme))


def _pictures(sweep: Sweep, gallery: Gallery) -> dict[str, Any]:
    """What the comparison chooses from: for each source a picture under each name."""
    sources = [
        _source("photo", "before any network", PHOTO_ITSELF, PHOTO_ITSELF, gallery.originals)
    ]
    for style in paintings(sweep.runs):
        for stage, words in reversed(list(STAGES.items())):
            group = f"{style}, {words}"
            sources += [
                _source(
                    *(f"{run.name}/{stage}", group, _name(run), f"{_name(run)}, {words}"),
                    gallery.of(run, stage),
                )
                for run in sweep.runs
                if run.style == style and stage in run.stages
            ]
    left, right = _begin(sweep)
    thumbs = [cv2.resize(one, THUMB, interpolation=cv2.INTER_AREA) for one in gallery.originals]
    return {
        "names": NAMES,
        "thumbs": [_data("image/webp", webp(thumb)) for thumb in thumbs],
        "sources": sources,
        "left": left,
        "right": right,
    }


def _source(key: str, group: str, label: str, name: str, pictures) -> dict[str, Any]:  # type: ignore[no-untyped-def]
    data = [_data("image/webp", webp(picture)) for picture in pictures]
    return {"key": key, "group": group, "label": label, "name": name, "pictures": data}


def _begin(sweep: Sweep) -> tuple[str, str]:
    """What is compared at first: the network that Fig. 5 shows with the photo."""
    label, _ = shown_network(sweep)
    run = next(run for run in sweep.runs if run.label == label)
    return "photo", f"{run.name}/{run.last_stage}"


def _name(run: Run) -> str:
    if run.alpha is None or run.beta is None:
        return run.label
    return f"{run.label}: α {run.alpha:g}, β {run.beta:g}"


def _for_script(content: object) -> str:
    """JSON that cannot end the element it stands in."""
    return json.dumps(content, ensure_ascii=False).replace("<", "\\u003c")


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
