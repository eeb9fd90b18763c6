"""Table II for the page: grouped headings, a first column that stays, a box that scrolls."""

from collections.abc import Sequence
from html import escape
from itertools import groupby

from kunster.report.choice import PAPERS_CHOICE
from kunster.report.sweep import Sweep
from kunster.report.table import MISSING, Column, columns
from kunster.results.runs import Run, paintings

MARKS = {"ours": ("◆", "our choice"), "papers": ("○", "the paper's choice")}


def html_table(sweep: Sweep, ours: str | None) -> str:
    """The table as a scrollable region.

    Args:
        ours: the label of the network that we recommend.
    """
    several = len(paintings(sweep.runs)) > 1
    shown = [column for column in columns(sweep) if several or column.heading != "painting"]
    rows = "".join(_row(run, shown, ours) for run in sweep.runs)
    return (
        '<div class="scroll" tabindex="0" role="region" aria-labelledby="table-heading"><table>'
        f"<thead>{_groups(shown)}{_headings(shown)}</thead><tbody>{rows}</tbody></table></div>"
    )


def _groups(shown: Sequence[Column]) -> str:
    first, *rest = [(group, len(list(members))) for group, members in _grouped(shown)]
    cells = [
        f'<th colspan="{count}" scope="colgroup" class="starts">{escape(group)}</th>'
        for group, count in rest
    ]
    # the sticky first column is a cell of its own: one that spans several would cover them
    return f'<tr><th></th><th colspan="{first[1] - 1}">network</th>{"".join(cells)}</tr>'


def _headings(shown: Sequence[Column]) -> str:
    cells = [
        f'<th scope="col"{_border(start)}>{escape(column.heading)}</th>'
        for column, start in _starts(shown)
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _row(run: Run, shown: Sequence[Column], ours: str | None) -> str:
    (first, _), *rest = _starts(shown)
    name = first.cell(run) if run.id else run.name
    cells = [_cell(column.cell(run), start) for column, start in rest]
    return f'<tr><th scope="row">{escape(name)}{_marks(run, ours)}</th>{"".join(cells)}</tr>'


def _marks(run: Run, ours: str | None) -> str:
    chosen = {"ours": run.label == ours, "papers": run.id in PAPERS_CHOICE}
    return "".join(
        f' <span class="mark {name}" role="img" aria-label="{words}" title="{words}">{sign}</span>'
        for name, (sign, words) in MARKS.items()
        if chosen[name]
    )


def _cell(text: str, start: bool) -> str:
    names = [name for name, on in (("starts", start), ("none", text in MISSING)) if on]
    attribute = f' class="{" ".join(names)}"' if names else ""
    shown = f"{int(text):,}" if text.isdecimal() else text
    return f"<td{attribute}>{escape(shown)}</td>"


def _starts(shown: Sequence[Column]) -> list[tuple[Column, bool]]:
    """Each column, and whether it begins a group other than the first."""
    found = []
    for group, members in _grouped(shown):
        found += [(column, bool(group) and not place) for place, column in enumerate(members)]
    return found


def _grouped(shown: Sequence[Column]):  # type: ignore[no-untyped-def]
    return groupby(shown, lambda column: column.group)


def _border(start: bool) -> str:
    return ' class="starts"' if start else ""
