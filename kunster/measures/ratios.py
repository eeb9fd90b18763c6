"""Ratios of the figures after stage 2 to those after stage 1 of the same run."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

RATIOS = "× = figure of stage 2 / figure of stage 1, on the same data; below 1 is better"


@dataclass(frozen=True)
class Ratio:
    """Ratios of a run; None if a figure is missing, not finite, or 0 in stage 1."""

    run: str
    e_stab: float | None
    style: float | None
    content: float | None

    def __str__(self) -> str:
        figures = {"e_stab": self.e_stab, "style": self.style, "content": self.content}
        known = [f"{name} {value:.2f}×" for name, value in figures.items() if value is not None]
        return f"stage 2 against stage 1 of {self.run}: {', '.join(known) or 'nothing measured'}"


def ratio(run: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Ratio:
    """Ratios of a run, from its figures by name before and after stage 2."""
    return Ratio(
        run, *(_quotient(after[name], before[name]) for name in ("e_stab", "style", "content"))
    )


def _quotient(over: float | None, under: float | None) -> float | None:
    if over is None or not under:
        return None
    value = over / under
    return value if math.isfinite(value) else None
