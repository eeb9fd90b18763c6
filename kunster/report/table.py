"""Table II as printed in the paper with our figures beside it, as CSV and Markdown."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kunster.console.markdown import markdown_table
from kunster.networks.description import STAGES, Stage
from kunster.networks.table2 import RECONET_PARAMETERS, Row, megabytes
from kunster.report.sweep import SIZES, Sweep
from kunster.results.runs import PAINTED, Run

NOT_MEASURED, NOT_PRINTED, NOT_THERE = "not measured", "not in the paper", "not exported"
NOT_TRAINED = "not trained"
MISSING = (NOT_MEASURED, NOT_PRINTED, NOT_THERE, NOT_TRAINED)
EXPORTS = ("model.safetensors", "model.onnx", "model.mlpackage", "model.tflite")
FIGURES = {"style": "style distance", "content": "content distance", "e_stab": "e_stab"}
PAINTING = "painting"  # heading of the style; the page shows the title instead
PHONES = {"iphone_11_pro": "iPhone 11 Pro", "iphone_6s": "iPhone 6s"}


@dataclass(frozen=True)
class Column:
    """A column of the table, with its heading and group of headings."""

    group: str
    heading: str
    cell: Callable[[Run], str]

    @property
    def title(self) -> str:
        """Heading for formats with a single line of headings."""
        return f"{self.heading} ({self.group})" if self.group else self.heading


def columns(sweep: Sweep) -> list[Column]:
    """The columns; the frames a second of this machine stand beside the paper's."""
    return [*_network(), *_paper(), *_speeds(sweep), *_quality(sweep), *_files()]


def table_csv(sweep: Sweep) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(_lines(sweep))
    return text.getvalue()


def table_markdown(sweep: Sweep) -> str:
    heading, *rows = _lines(sweep)
    return markdown_table(heading, rows) + "\n"


def percent_of_reconet(parameters: int) -> float:
    return 100 * parameters / RECONET_PARAMETERS


def agrees_with_paper(parameters: int, printed: Row) -> bool:
    """True if parameters, percentage of ReCoNet and MB match a row of Table II.

    The paper rounds some figures and cuts others off; both count as a match.
    """
    return (
        _is_printed(parameters / 1000, float(printed.parameters.removesuffix("k")), 1)
        and _is_printed(percent_of_reconet(parameters), printed.percent_of_reconet, 100)
        and _is_printed(megabytes(parameters), printed.megabytes, 100)
    )


def _is_printed(value: float, printed: float, steps: int) -> bool:
    """True if rounding or cutting off to multiples of 1 / steps gives the printed value."""
    return round(printed * steps) in (round(value * steps), int(value * steps))


def _lines(sweep: Sweep) -> list[list[str]]:
    chosen = columns(sweep)
    return [
        [column.title for column in chosen],
        *([column.cell(run) for column in chosen] for run in sweep.runs),
    ]


def _network() -> list[Column]:
    def known(value: float | None) -> str:
        return "–" if value is None else f"{value:g}"

    return [
        Column("", "id", lambda run: known(run.id)),
        Column("", PAINTING, lambda run: run.style),
        Column("", "α", lambda run: known(run.alpha)),
        Column("", "β", lambda run: known(run.beta)),
        Column("", "parameters", lambda run: str(run.parameters)),
        Column("", "% of ReCoNet", lambda run: f"{percent_of_reconet(run.parameters):.2f}"),
        Column("", "MB", lambda run: f"{megabytes(run.parameters):.2f}"),
    ]


def _paper() -> list[Column]:
    def printed(value: Callable[[Row], str]) -> Callable[[Run], str]:
        return lambda run: NOT_PRINTED if run.printed is None else value(run.printed)

    group = "the paper"
    return [
        Column(group, "parameters", printed(lambda row: row.parameters)),
        Column(group, "% of ReCoNet", printed(lambda row: f"{row.percent_of_reconet:.2f}")),
        Column(group, "MB", printed(lambda row: f"{row.megabytes:.2f}")),
        *(
            Column(group, f"FPS {size}, {words}", printed(_phone(name, place)))
            for name, words in PHONES.items()
            for place, size in enumerate(SIZES)
        ),
    ]


def _phone(name: str, place: int) -> Callable[[Row], str]:
    return lambda row: f"{getattr(row, name)[place]:.2f}"


def _files() -> list[Column]:
    def size(name: str) -> Callable[[Run], str]:
        return lambda run: _bytes(run.last.model.parent / name)

    return [Column("bytes", Path(name).suffix[1:], size(name)) for name in EXPORTS]


def _bytes(path: Path) -> str:
    if path.is_file():
        return str(path.stat().st_size)
    files = [part for part in path.rglob("*") if part.is_file()]
    return str(sum(part.stat().st_size for part in files)) if files else NOT_THERE


def _speeds(sweep: Sweep) -> list[Column]:
    def speed(size: str) -> Callable[[Run], str]:
        return lambda run: _figure(sweep.fps(run, size), 1)

    return [Column("this machine", f"FPS {size}", speed(size)) for size in SIZES]


def _quality(sweep: Sweep) -> list[Column]:
    trained = [stage for run in sweep.runs for stage in run.stages.values()]
    taken = [name for name in PAINTED if any(name in each.figures.painted for each in trained)]
    headings = FIGURES | {name: name for name in taken}
    return [
        Column(f"{words}, judge {sweep.judge}", heading, partial(_measured, stage=stage, name=name))
        for stage, words in STAGES.items()
        for name, heading in headings.items()
    ]


def _measured(run: Run, stage: Stage, name: str) -> str:
    if stage not in run.stages:
        return NOT_TRAINED
    figures = run.stages[stage].figures
    return _figure(figures.painted.get(name) if name in PAINTED else getattr(figures, name), 4)


def _figure(value: float | None, digits: int) -> str:
    return NOT_MEASURED if value is None else f"{value:.{digits}f}"
