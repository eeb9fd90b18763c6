"""Table of an evaluation with its formulas, on the terminal, in Markdown and in JSON."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import takewhile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from kunster.console.markdown import markdown_table
from kunster.evaluate.frontier import Point, draw_frontier
from kunster.evaluate.origin import Origin
from kunster.files.replacing import replacing
from kunster.measures.bubbles import Found
from kunster.measures.painted_networks import PAINTED
from kunster.measures.ratios import RATIOS, Ratio, ratio
from kunster.networks.description import Stage
from kunster.pictures.plots import save_figure

COLUMNS = ("parameters", "style", "content", "e_stab", "flicker", "bubbles", "grid", "border")
STEADINESS = (
    *("own", "own_shown", "video_own", "video_own_shown", "far_own", "far_own_shown"),
    *("detail_shown", "noise", "noise_shown"),
)
IF_FILLED = ("loss", "optimality", "gatys_steps", "ruder_e_stab", *PAINTED, *STEADINESS)
HEADINGS = {"gatys_steps": "Gatys steps", "ruder_e_stab": "e_stab (Ruder's pairs)"}  # else the name
PAINTING_ITSELF = "(the painting itself)"
STRIPS_TITLE = "The video's middle column over time: what holds still draws level lines"
LINE = 1000  # characters, the longest where nobody wraps it
MOST_PLACES = 3  # of bubbles, in words; all are in the JSON
TEXTS = ("evaluation.md", "evaluation.json")
PICTURES = ("evaluation.png", "evaluation.svg")
STRIPS = "video_strips.png"
RESOLUTION = 160  # dots per inch


@dataclass
class Row:
    """Figures of one network; None where the data for a measure was not given.

    `origin` is None for the input itself, Gatys and Ruder. `e_stab_of` is by scene. `bubbles_at`
    are the strongest first, photo by photo. `painted` has the figures of
    `kunster.measures.painted_networks` by name, `steadiness` those of `STEADINESS` and the errors
    behind them.
    """

    name: str
    parameters: int | None = None
    style: float | None = None
    content: float | None = None
    e_stab: float | None = None
    e_stab_of: Mapping[str, float] = field(default_factory=dict)
    flicker: float | None = None
    bubbles: int | None = None
    bubbles_at: Sequence[Found] = ()
    grid: float | None = None
    border: float | None = None
    origin: Origin | None = None
    loss: float | None = None
    optimality: float | None = None
    gatys_steps: int | None = None
    ruder_e_stab: float | None = None
    painted: Mapping[str, float] = field(default_factory=dict)
    steadiness: dict[str, float] = field(default_factory=dict)

    def cell(self, column: str) -> float | int | None:
        """The figure of a column: an attribute, or one of `painted` or `steadiness`."""
        by_name = {**self.painted, **self.steadiness}
        found: float | int | None = by_name.get(column, getattr(self, column, None))
        return found

    def cells(self, columns: Iterable[str]) -> list[str]:
        return [self.name, *(_readable(self.cell(name)) for name in columns)]


@dataclass
class Report:
    """Rows of an evaluation, with data and formulas.

    Attributes:
        judge: name, origin and sha256 of the perceptual network.
        measured_on: the data used for each measure, or why its columns are empty.
        formulas: of the filled columns.
        own_painting: what the painting itself scores, by column; empty without one.
        strips: file of the video strips beside the report; None where no video was measured.
    """

    judge: Mapping[str, str]
    rows: list[Row]
    measured_on: dict[str, str] = field(default_factory=dict)
    formulas: list[str] = field(default_factory=list)
    own_painting: Mapping[str, float] = field(default_factory=dict)
    strips: str | None = None

    def shown(self) -> list[Row]:
        """The rows, and one of the painting itself where it was measured."""
        own = self.own_painting
        return [*self.rows, *([Row(PAINTING_ITSELF, painted=own)] if own else [])]

    def headings(self) -> dict[str, str]:
        """Headings by name of the column; those of `IF_FILLED` only where a row has a figure."""
        names = [*COLUMNS, *(name for name in IF_FILLED if self.is_filled(name))]
        return {name: HEADINGS.get(name, name) for name in names}

    def is_filled(self, column: str) -> bool:
        return any(row.cell(column) is not None for row in self.rows)

    def ratios(self) -> list[Ratio]:
        """Ratios of stage 2 to stage 1, for each run with both."""
        stages: dict[str, dict[Stage, Row]] = {}
        for row in self.rows:
            if row.origin:
                stages.setdefault(row.origin.run, {}).setdefault(row.origin.stage, row)
        return [
            ratio(run, asdict(rows["perceptual"]), asdict(rows["temporal"]))
            for run, rows in stages.items()
            if len(rows) == 2
        ]

    def points(self) -> list[Point]:
        """Points of the frontier plot: networks with e_stab, style and content."""
        found = [_point(row, row.origin) for row in self.rows if row.origin]
        return [point for point in found if all(map(math.isfinite, point.figures))]

    def comparison(self) -> list[str]:
        """The ratios in words, with their definition."""
        found = [str(each) for each in self.ratios()]
        return [*found, RATIOS] if found else []

    def bubbles(self) -> list[str]:
        """Places of the bubbles, a line a network that has any."""
        return [_bubbles(row) for row in self.rows if row.bubbles_at]

    def data(self) -> list[str]:
        """The judge, and what each measure was taken on."""
        judge = ", ".join(f"{key} {value}" for key, value in self.judge.items())
        used = [f"{key}: {value}" for key, value in self.measured_on.items()]
        return [f"judge: {judge}", *used]


def _point(row: Row, origin: Origin) -> Point:
    """The point of a row; unknown figures are NaN."""
    figures = (
        math.nan if value is None else value for value in (row.e_stab, row.style, row.content)
    )
    return Point(Path(origin.run).resolve(), origin.stage, origin.output_weight, *figures)


def _bubbles(row: Row) -> str:
    strongest = sorted(row.bubbles_at, key=lambda found: -abs(found.bubble.contrast))
    more = ", …" if len(strongest) > MOST_PLACES else ""
    return f"bubbles of {row.name}: {'; '.join(map(str, strongest[:MOST_PLACES]))}{more}"


def print_report(report: Report, console: Console) -> None:
    """Prints the table without empty columns and the folder that all names share."""
    shared = _shared_folder(row.name for row in report.rows if row.origin)
    table = Table(box=None, pad_edge=False)
    table.add_column("network", overflow="fold")
    headings = {name: text for name, text in report.headings().items() if report.is_filled(name)}
    for text in headings.values():
        table.add_column(text, justify="right")
    for row in report.shown():
        name, *figures = row.cells(headings)
        table.add_row(name.removeprefix(shared), *figures)
    if not console.is_terminal:  # in a pipe each row is one line
        every = console.options.update(max_width=LINE)
        console.width = max(console.width, console.measure(table, options=every).maximum)
    console.print(table)
    folder = [f"networks: in {shared}"] if shared else []
    formulas = [formula.replace("; ", ";\n  ") for formula in report.formulas]
    for note in [*folder, *report.comparison(), *report.bubbles(), *report.data(), "", *formulas]:
        console.print(note, markup=False, highlight=False, soft_wrap=True)


def _shared_folder(names: Iterable[str]) -> str:
    """The folder that all names begin with, with its slash; empty if there is none."""
    parts = zip(*(Path(name).parent.parts for name in names), strict=False)
    shared = [found[0] for found in takewhile(lambda found: len(set(found)) == 1, parts)]
    return str(Path(*shared, "_")).removesuffix("_") if shared else ""


def write_report(report: Report, folder: Path) -> list[Path]:
    """Writes `evaluation.md` and `evaluation.json`, and returns the paths.

    With style and e_stab also their plot, as `.png` and `.svg`; without them, the plot of an
    earlier evaluation is removed, and its video strips if there are none.

    Raises:
        UserError: the folder cannot be written to.
    """
    contents = dict(zip(TEXTS, (_markdown(report), as_json(report)), strict=True))
    for name, text in contents.items():
        with replacing(folder / name) as part:
            part.write_text(text, encoding="utf-8")
    pictures = [folder / name for name in PICTURES]
    points = report.points()
    if points:
        own = next((row.e_stab for row in report.rows if row.origin is None), None)
        save_figure(draw_frontier(points, own), pictures, RESOLUTION)
    else:
        for picture in pictures:
            picture.unlink(missing_ok=True)
    strips = [folder / STRIPS]
    if not report.strips:
        strips.pop().unlink(missing_ok=True)
    return [folder / name for name in contents] + (pictures if points else []) + strips


def _markdown(report: Report) -> str:
    headings = report.headings()
    table = _table(headings.values(), (row.cells(headings) for row in report.shown()))
    # two spaces break the line
    comparison = "  \n".join([*report.comparison(), *report.bubbles()])
    picture = f"![frontier]({PICTURES[0]})" if report.points() else ""
    strips = f"## {STRIPS_TITLE}\n\n![strips]({report.strips})" if report.strips else ""
    notes = "\n".join(f"- {note}" for note in [*report.data(), *report.formulas])
    parts = ["# Evaluation", table, comparison, picture, _scenes(report.rows), strips, notes]
    return "\n\n".join(part for part in parts if part) + "\n"


def _scenes(rows: Sequence[Row]) -> str:
    """Table of e_stab scene by scene; empty for a single scene."""
    scenes = rows[0].e_stab_of
    if len(scenes) < 2:
        return ""
    found = [[row.name, *map(_readable, row.e_stab_of.values())] for row in rows if row.e_stab_of]
    return f"## e_stab, scene by scene\n\n{_table(scenes, found)}"


def _table(headings: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table whose first column is the network's name."""
    return markdown_table(["network", *headings], rows, texts=[0])


def as_json(report: Report) -> str:
    """Contents of `evaluation.json`."""
    content = asdict(report) | {"ratios": [asdict(each) for each in report.ratios()]}
    for row in content["rows"]:  # JSON has no NaN, the score of a diverged network
        for figures in (row, row["e_stab_of"], row["painted"], row["steadiness"]):
            figures |= {key: None for key, value in figures.items() if value != value}
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _readable(value: float | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4f}" if abs(value) < 1 else f"{value:.2f}"
