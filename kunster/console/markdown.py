"""Tables in Markdown."""

from collections.abc import Iterable, Sequence

SIGNS = ("\\", "|", "<", "[", "`", "*")


def markdown_table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], texts: Sequence[int] = ()
) -> str:
    """A table with its cells escaped, without a newline at its end.

    Args:
        texts: places of the columns that are aligned to the left; all others are figures.
    """
    rules = ["---" if place in texts else "--:" for place in range(len(headings))]
    lines = [[escaped(cell) for cell in cells] for cells in (headings, *rows)]
    lines.insert(1, rules)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def escaped(text: str) -> str:
    """A text on one line, with Markdown and HTML escaped."""
    for sign in SIGNS:
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())
