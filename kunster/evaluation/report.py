"""The evaluation as a table, on the terminal, in Markdown and in JSON; formulas beside figures."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from kunster.replacing import replacing

HEADINGS = {
    "parameters": "parameters",
    "style": "style",
    "content": "content",
    "e_stab": "e_stab",
    "e_stab_all_pixels": "e_stab (all pixels)",
    "flicker": "flicker",
}


@dataclass
class Row:
    """The figures of one network; None where something was not given to measure them with."""

    name: str
    parameters: int | None = None
    style: float | None = None
    content: float | None = None
    e_stab: float | None = None
    e_stab_all_pixels: float | None = None
    flicker: float | None = None

    def cells(self) -> list[str]:
        return [self.name, *(_readable(getattr(self, name)) for name in HEADINGS)]


@dataclass
class Report:
    """Rows and all it takes to read them.

    Attributes:
        judge: name, origin and sha256 of the perceptual network.
        measured_on: for each kind of data what was used, or why a column is empty.
        formulas: of the columns that are filled.
    """

    judge: Mapping[str, str]
    rows: Sequence[Row]
    measured_on: dict[str, str] = field(default_factory=dict)
    formulas: list[str] = field(default_factory=list)

    def notes(self) -> list[str]:
        judge = ", ".join(f"{key} {value}" for key, value in self.judge.items())
        used = [f"{key}: {value}" for key, value in self.measured_on.items()]
        return [f"judge: {judge}", *used, *self.formulas]


def print_report(report: Report, console: Console) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("network", overflow="fold")
    for heading in HEADINGS.values():
        table.add_column(heading, justify="right")
    for row in report.rows:
        table.add_row(*row.cells())
    console.print(table)
    for note in report.notes():
        console.print(note, markup=False, highlight=False, soft_wrap=True)


def write_report(report: Report, folder: Path) -> list[Path]:
    """Writes `evaluation.md` and `evaluation.json`, and returns where.

    Raises:
        UserError: the folder cannot be written to.
    """
    contents = {"evaluation.md": _markdown(report), "evaluation.json": _json(report)}
    for name, text in contents.items():
        with replacing(folder / name) as part:
            part.write_text(text, encoding="utf-8")
    return [folder / name for name in contents]


def _markdown(report: Report) -> str:
    lines = [
        ["network", *HEADINGS.values()],
        ["---", *("--:" for _ in HEADINGS)],
        *(row.cells() for row in report.rows),
    ]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    notes = "\n".join(f"- {note}" for note in report.notes())
    return f"# Evaluation\n\n{table}\n\n{notes}\n"


def _json(report: Report) -> str:
    content = asdict(report)
    for row in content["rows"]:  # JSON knows no NaN, which a diverged network scores
        row |= {key: None for key, value in row.items() if value != value}
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _readable(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"
