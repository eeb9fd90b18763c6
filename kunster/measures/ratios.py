"""What stage 2 changed: each of its figures against the same run's stage 1."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

RATIOS = "× = figure of stage 2 / figure of stage 1, on the same data; below 1 is better"


@dataclass(frozen=True)
class Ratio:
    """Of a run; None where a figure was not measured, is not finite, or stage 1's is 0."""

    run: str
    e_stab: float | None
    style: float | None
    content: float | None

    def __str__(self) -> str:
        figures = {"e_stab": self.e_stab, "style": self.style, "content": self.content}
        known = [f"{name} {value:.2f}×" for name, value in figures.items() if value is not None]
        return f"stage 2 against stage 1 of {self.run}: {', '.join(known) or 'nothing measured'}"


def ratio(run: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Ratio:
    """Of the figures by name, before and after stage 2."""
    return Ratio(
        run, *(_quotient(after[name], before[name]) for name in ("e_stab", "style", "content"))
    )


def _quotient(over: float | None, under: float | None) -> float | None:
    if over is None or not under:
        return None
    value = over / under
    return value if math.isfinite(value) else None
