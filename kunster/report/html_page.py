"""index.html: the report as one file that works without a server or a network."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from kunster.networks.description import STAGES
from kunster.report.choice import PAPERS_CHOICE, RULE, candidates, recommended, shown_network
from kunster.report.drawing import DARK, LIGHT, Draw, laid_out, svg, webp, webp_of_figure
from kunster.report.self_contained import TEMPLATES, render_page
from kunster.report.stylized_photos import NAMES, StylizedPhotos
from kunster.report.sweep import Sweep
from kunster.report.table import MISSING, Column, agrees_with_paper, columns
from kunster.results.runs import Run, paintings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PHOTO_ITSELF = "the photo itself"
THUMB = (144, 96)  # (width, height) in pixels


@dataclass(frozen=True)
class Picture:
    """A figure of the report.

    Attributes:
        name: of its files, without suffix.
        alt: description for screen readers.
        mosaic: made of photos, and so wide that a small screen scrolls it; else a plot.
    """

    name: str
    title: str
    caption: str
    alt: str
    draw: Draw
    mosaic: bool

    @cached_property
    def light(self) -> "Figure":
        """The figure on white."""
        return laid_out(self.draw(LIGHT))

    @cached_property
    def dark(self) -> "Figure":
        """The figure on dark paper."""
        return laid_out(self.draw(DARK))

    @cached_property
    def svg(self) -> bytes:
        """`light` as SVG."""
        return svg(self.light)


def page(sweep: Sweep, stylized: StylizedPhotos, figures: Sequence[Picture]) -> str:
    """The page; text from files is escaped, and no script but its own can run."""
    ours = recommended(candidates(sweep))
    several = len(paintings(sweep.runs)) > 1
    shown = [column for column in columns(sweep) if several or column.heading != "painting"]
    groups = [(name, list(members)) for name, members in groupby(shown, attrgetter("group"))]
    return render_page(
        TEMPLATES,
        "page.html.j2",
        "page.css",
        "page.js",
        title=sweep.folder.resolve().name,
        lede=_lede(sweep),
        papers_choice=PAPERS_CHOICE,
        ours=ours.label if ours else None,
        shown=shown_network(sweep),
        groups=groups,
        starts=[members[0] for _, members in groups[1:]],
        rows=[_row(run, shown) for run in sweep.runs],
        missing=MISSING,
        figures=[_figure(figure) for figure in figures],
        notes=[RULE, *sweep.notes],
        pictures=_comparison(sweep, stylized),
    )


def _row(run: Run, shown: Sequence[Column]) -> tuple[Run, str, list[tuple[Column, str]]]:
    """A run, its name and its cells under all columns but the first."""
    first, *rest = shown
    name = first.cell(run) if run.id else run.name
    return run, name, [(column, column.cell(run)) for column in rest]


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


def _figure(figure: Picture) -> dict[str, Any]:
    if figure.mosaic:
        light, dark = (
            _data("image/webp", webp_of_figure(each)) for each in (figure.light, figure.dark)
        )
        width = "few" if figure.light.get_figwidth() < 6 else "wide"
    else:
        light, dark = (_data("image/svg+xml", each) for each in (figure.svg, svg(figure.dark)))
        width = ""
    return {**vars(figure), "width": width, "light": light, "dark": dark}


def _comparison(sweep: Sweep, stylized: StylizedPhotos) -> dict[str, Any]:
    """Pictures of the comparison: for each source one under each name."""
    sources = [
        _source("photo", "before any network", PHOTO_ITSELF, PHOTO_ITSELF, stylized.originals)
    ]
    for style in paintings(sweep.runs):
        for stage, words in reversed(list(STAGES.items())):
            group = f"{style}, {words}"
            sources += [
                _source(
                    *(f"{run.name}/{stage}", group, _name(run), f"{_name(run)}, {words}"),
                    stylized.of(run, stage),
                )
                for run in sweep.runs
                if run.style == style and stage in run.stages
            ]
    left, right = _first_pair(sweep)
    thumbs = [cv2.resize(one, THUMB, interpolation=cv2.INTER_AREA) for one in stylized.originals]
    return {
        "names": NAMES,
        "thumbs": [_data("image/webp", webp(thumb)) for thumb in thumbs],
        "sources": sources,
        "left": left,
        "right": right,
    }


def _source(key: str, group: str, label: str, name: str, pictures: np.ndarray) -> dict[str, Any]:
    data = [_data("image/webp", webp(picture)) for picture in pictures]
    return {"key": key, "group": group, "label": label, "name": name, "pictures": data}


def _first_pair(sweep: Sweep) -> tuple[str, str]:
    """Keys of the two sources compared at first: the photo and the network of Fig. 5."""
    label, _ = shown_network(sweep)
    run = next(run for run in sweep.runs if run.label == label)
    return "photo", f"{run.name}/{run.last_stage}"


def _name(run: Run) -> str:
    if run.alpha is None or run.beta is None:
        return run.label
    return f"{run.label}: α {run.alpha:g}, β {run.beta:g}"


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
