"""Table of figures on a card: of the run itself, and of later evaluations."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from kunster.console.markdown import markdown_table
from kunster.errors import UserError
from kunster.files.replacing import replacing
from kunster.measures.distances import CONTENT, STYLE
from kunster.measures.painted_networks import PAINTED
from kunster.measures.stability import E_STAB
from kunster.networks.description import Stage
from kunster.pack.evaluations import FIGURES, Measured, measured

BEGIN, END = "## Figures\n\n", "\n\n## File\n"


def figures(own: Mapping[str, str], found: Sequence[Measured]) -> str:
    """The table in Markdown.

    Args:
        own: cells of the run's row by column: judge, figures, on.
        found: figures of the evaluations.
    """
    columns = ["judge", *FIGURES, "on"]
    rows = [[own.get(name, "–") for name in columns]]
    for each in found:
        values = [readable(each.figures[name]) for name in FIGURES]
        of_input = [readable(each.of_input[name]) for name in FIGURES]
        rows += [
            [each.judge, *values, each.data],
            [f"{each.judge}: the input itself", *of_input, each.data],
        ]
    table = markdown_table(columns, rows, texts=[0, len(columns) - 1])
    painted = "".join(f"\n\n{_painted(each.painted)}" for each in found if each.painted)
    formulas = [formula for each in found for formula in each.formulas]
    formulas = formulas or [STYLE, CONTENT.format(layer="relu2_2"), E_STAB]
    notes = "\n".join(f"- {formula}" for formula in dict.fromkeys(formulas))
    return f"{table}\n\nLower is better.{painted}\n\n{notes}"


def _painted(figures: Mapping[str, Mapping[str, float]]) -> str:
    columns = [name for name in PAINTED if any(name in row for row in figures.values())]
    rows = [[name, *(readable(row.get(each)) for each in columns)] for name, row in figures.items()]
    return markdown_table(["", *columns], rows, texts=[0])


def renew(folder: Path, evaluations: Sequence[Mapping[str, Any]]) -> list[Path]:
    """Replaces the figures on the cards below a folder by those of evaluations.

    Cards of other networks stay as they are. Returns the cards that were written.

    Raises:
        UserError: there are no cards, or one is not as `kunster pack` writes it.
    """
    cards = sorted(folder.glob("*/*-*.md"))
    if not cards:
        raise UserError(f"{folder}: holds no cards; give the folder that `kunster pack` wrote to")
    texts = {card: _renewed(card, evaluations) for card in cards}
    for card, text in texts.items():
        if text:
            with replacing(card) as part:
                part.write_text(text, encoding="utf-8")
    return [card for card, text in texts.items() if text]


def _renewed(card: Path, evaluations: Sequence[Mapping[str, Any]]) -> str | None:
    stage: Stage = next(each for each in get_args(Stage) if card.stem.endswith(each))
    shipped = card.with_suffix(".safetensors")
    found = [each for each in (measured(e, None, shipped, stage) for e in evaluations) if each]
    text = card.read_text(encoding="utf-8")
    before, began, rest = text.partition(BEGIN)
    old, ended, after = rest.partition(END)
    if not (began and ended):
        raise UserError(f"{card}: is not a card as `kunster pack` writes it")
    if not found:
        return None
    columns, _, own, *_ = old.splitlines()
    cells = dict(zip(_cells(columns), _cells(own), strict=True))
    return f"{before}{BEGIN}{figures(cells, found)}{END}{after}"


def _cells(line: str) -> list[str]:
    return [each.strip() for each in line.strip("| ").split(" | ")]


def readable(value: float | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.4f}"
