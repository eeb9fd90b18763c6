"""index.html: the report as one file that works without a server or a network."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from kunster.assets.paintings import title_of
from kunster.networks.description import STAGES
from kunster.pictures.images import png_bytes, webp_bytes
from kunster.pictures.sheet import Cell, sheet, sheet_svg
from kunster.report.choice import PAPERS_CHOICE, RULE, candidates, recommended, shown_network
from kunster.report.drawing import DARK, LIGHT, Draw, drawn, laid_out
from kunster.report.mosaics import Rows
from kunster.report.stylized_photos import NAMES, StylizedPhotos
from kunster.report.sweep import Sweep
from kunster.report.table import MISSING, PAINTING, Column, agrees_with_paper, columns
from kunster.results.runs import Run, paintings
from kunster.web.pages import REPORT, SHARED, render_page

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
SCRIPTS = ("elements.js", "slider.js", "compare.js")  # of `SHARED`
PHOTO_ITSELF = "the photo itself"
FIGURES_MEAN = (
    "Style distance is to the painting, content distance to the photo; e_stab is how much two "
    "frames of a video differ along its motion. Of all three, lower is better."
)
THUMB = (144, 96)  # (width, height) in pixels


@dataclass(frozen=True)
class Picture:
    """A figure of the report: a plot, or pictures in rows.

    Attributes:
        name: of its files, without suffix.
        alt: description of a plot for screen readers.
    """

    name: str
    title: str
    caption: str
    alt: str = ""
    draw: Draw | None = None
    rows: Rows | None = None

    @cached_property
    def light(self) -> "Figure | None":
        """The plot on white."""
        return laid_out(self.draw(LIGHT)) if self.draw else None

    def files(self) -> dict[str, bytes]:
        """Its files by suffix."""
        if self.light:
            return {kind: drawn(self.light, kind) for kind in ("png", "svg")}
        rows = self.rows or []
        size = next(cell.picture.shape[:2] for cell in rows[0] if cell.picture is not None)
        return {"png": png_bytes(sheet(rows, size)), "svg": sheet_svg(rows, size).encode()}

    def shown(self) -> dict[str, Any]:
        """For the template: a plot for light and for dark paper, or cells with their sources."""
        found: dict[str, Any] = {
            **vars(self),
            "rows": [list(map(_cell, row)) for row in self.rows or []],
        }
        if self.light and self.draw:
            figures = {"plain": self.light, "dark": laid_out(self.draw(DARK))}
            found |= {
                name: _data("image/svg+xml", drawn(each, "svg")) for name, each in figures.items()
            }
        return found


def _cell(cell: Cell) -> Cell:
    if cell.picture is None:
        return cell
    return cell._replace(source=_data("image/webp", webp_bytes(cell.picture)))


def page(
    sweep: Sweep,
    stylized: StylizedPhotos,
    figures: Sequence[Picture],
    others: Mapping[str, str] | None = None,
) -> str:
    """The page; text from files is escaped, and no script but its own can run.

    Args:
        others: addresses of other reports by name, as one of the views of `kunster open`.
    """
    ours = recommended(candidates(sweep))
    shown = _columns(sweep)
    groups = [(name, list(members)) for name, members in groupby(shown, attrgetter("group"))]
    return render_page(
        HERE / "index.html.j2",
        REPORT,
        others is not None,
        {"img-src": "data: 'self'" if others is not None else "data:"},
        [*(SHARED / name for name in SCRIPTS), HERE / "report.js"],
        others=others or {},
        title=_title(sweep),
        folder=sweep.folder.resolve().name,
        lede=_lede(sweep),
        papers_choice=PAPERS_CHOICE,
        ours=ours.label if ours else None,
        shown=shown_network(sweep),
        groups=groups,
        starts=[members[0] for _, members in groups[1:]],
        rows=[_row(run, shown) for run in sweep.runs],
        missing=MISSING,
        painting=PAINTING,
        figures=[figure.shown() for figure in figures],
        notes=[FIGURES_MEAN, RULE, *sweep.notes],
        pictures=_comparison(sweep, stylized),
    )


def _columns(sweep: Sweep) -> list[Column]:
    """Columns of the page's table: those of table2.csv, with titles of paintings if several."""
    if len(paintings(sweep.runs)) == 1:
        return [column for column in columns(sweep) if column.heading != PAINTING]
    return [
        replace(column, cell=lambda run: title_of(run.style))
        if column.heading == PAINTING
        else column
        for column in columns(sweep)
    ]


def _row(run: Run, shown: Sequence[Column]) -> tuple[Run, str, list[tuple[Column, str]]]:
    """A run, its name and its cells under all columns but the first."""
    first, *rest = shown
    name = first.cell(run) if run.id else run.name
    return run, name, [(column, column.cell(run)) for column in rest]


def _title(sweep: Sweep) -> str:
    """`The Scream: 15 networks of Table II`; several paintings by their number."""
    titles = [title_of(style) for style in paintings(sweep.runs)]
    all_known = all(run.printed for run in sweep.runs)
    networks = _counted(len(sweep.runs), "network") + " of Table II" * all_known
    return f"{titles[0] if len(titles) == 1 else f'{len(titles)} paintings'}: {networks}"


def _lede(sweep: Sweep) -> str:
    known = [run for run in sweep.runs if run.printed]
    good = sum(agrees_with_paper(run.parameters, run.printed) for run in known if run.printed)
    devices = ", ".join(sorted({run.device for run in sweep.runs}))
    *most, last = (f"“{title_of(style)}”" for style in paintings(sweep.runs))
    titles = f"{', '.join(most)} and {last}" if most else last
    return (
        f"{_counted(len(sweep.runs), 'network')} that paint{'s' * (len(sweep.runs) == 1)} like "
        f"{titles}, trained on {devices}. {good} of {len(known)} agree with the paper's Table II "
        "in parameters, percentage of ReCoNet and MB."
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _comparison(sweep: Sweep, stylized: StylizedPhotos) -> dict[str, Any]:
    """Pictures of the comparison: for each source one under each name."""
    sources = [
        _source("photo", "before any network", PHOTO_ITSELF, PHOTO_ITSELF, stylized.originals)
    ]
    for style in paintings(sweep.runs):
        for stage, words in reversed(list(STAGES.items())):
            group = f"{title_of(style)}, {words}"
            sources += [
                _source(
                    *(f"{run.name}/{stage}", group, run.called, f"{run.called}, {words}"),
                    stylized.of(run, stage),
                )
                for run in sweep.runs
                if run.style == style and stage in run.stages
            ]
    left, right = _first_pair(sweep)
    thumbs = [cv2.resize(one, THUMB, interpolation=cv2.INTER_AREA) for one in stylized.originals]
    return {
        "names": NAMES,
        "thumbs": [_data("image/webp", webp_bytes(thumb)) for thumb in thumbs],
        "sources": sources,
        "left": left,
        "right": right,
    }


def _source(key: str, group: str, label: str, name: str, pictures: np.ndarray) -> dict[str, Any]:
    data = [_data("image/webp", webp_bytes(picture)) for picture in pictures]
    return {"key": key, "group": group, "label": label, "name": name, "pictures": data}


def _first_pair(sweep: Sweep) -> tuple[str, str]:
    """Keys of the two sources compared at first: the photo and the network of Fig. 5."""
    label, _ = shown_network(sweep)
    run = next(run for run in sweep.runs if run.label == label)
    return "photo", f"{run.name}/{run.last_stage}"


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
