"""Plot of style and content distance against e_stab, one point a network."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from kunster.networks.description import Stage
from kunster.pictures.plot_labels import Label, place_labels
from kunster.pictures.plots import COLOURS, INK, QUIET, quiet_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = {
    "style": "style distance to the painting\n(lower is better)",
    "content": "content distance to the photo\n(lower is better)",
}
STEADINESS = "e_stab, how much frames differ along the motion (lower is better)"


@dataclass(frozen=True)
class Point:
    """Figures of one network.

    Attributes:
        run: absolute path of its run folder or file.
        weight: λ_o; None in stage 1 and if unknown.
    """

    run: Path
    stage: Stage
    weight: float | None
    e_stab: float
    style: float
    content: float

    @property
    def figures(self) -> tuple[float, float, float]:
        return self.e_stab, self.style, self.content


def lines_of(points: Sequence[Point]) -> dict[str, list[Point]]:
    """Points joined by a line, by the line's name.

    Runs in one folder that differ in λ are a sweep: one line with the folder's name, by λ, from
    stage 1 where all runs share that. Any other run is a line by itself, from stage 1 to stage 2.
    """
    lines: dict[Path, list[Point]] = {}
    for folder, members in _grouped(points, lambda point: point.run.parent).items():
        if _is_sweep(members):
            lines[folder] = _along(members)
        else:
            lines |= _grouped(members, lambda point: point.run)
    return {_short(path, lines): line for path, line in lines.items()}


def draw_frontier(points: Sequence[Point], input_e_stab: float | None) -> "Figure":
    """Style distance above content distance, both over e_stab; hollow: stage 1, filled: stage 2.

    Args:
        points: at least one.
        input_e_stab: of the unstylized frames, drawn as a vertical line; None if unknown.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 8), layout="constrained")
    panels = figure.subplots(2, 1, sharex=True)
    lines = lines_of(points)
    for axes, (name, words) in zip(panels, PANELS.items(), strict=True):
        quiet_axes(axes, words, INK, QUIET)
        axes.margins(0.12)
        for number, line in enumerate(lines.values()):
            _draw_line(axes, line, name, COLOURS[number % len(COLOURS)])
        if input_e_stab is not None:
            axes.axvline(input_e_stab, color=QUIET, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    panels[0].set_title(_key(lines), loc="left", fontsize=10, color=INK)
    panels[1].set_xlabel(STEADINESS, color=INK)
    _name_input(panels[0], input_e_stab)
    for axes, name in zip(panels, PANELS, strict=True):
        place_labels(axes, _labels(lines, name))
    return figure


def _is_sweep(members: Sequence[Point]) -> bool:
    steady = {point.run: point.weight for point in members if point.stage == "temporal"}
    weights = set(steady.values())
    return None not in weights and len(weights) == len(steady) > 1


def _along(members: Sequence[Point]) -> list[Point]:
    begin = [point for point in members if point.stage == "perceptual"]
    shared = {point.figures: point for point in begin}
    steady = [point for point in members if point.stage == "temporal"]
    return [*shared.values(), *sorted(steady, key=lambda point: point.weight or 0)]


def _grouped(points: Sequence[Point], key: Callable[[Point], Path]) -> dict[Path, list[Point]]:
    ordered = sorted(points, key=key)
    return {path: list(members) for path, members in groupby(ordered, key)}


def _short(path: Path, others: Mapping[Path, object]) -> str:
    """The last part of the path, or the last two if another path ends the same."""
    alone = sum(other.name == path.name for other in others) == 1
    return path.name if alone else f"{path.parent.name}/{path.name}"


def _key(lines: Mapping[str, Sequence[Point]]) -> str:
    known = any(point.weight is not None for line in lines.values() for point in line)
    words = "○ stage 1    ● stage 2"
    return (
        f"{words}, λ its temporal loss's weight" if known and len(lines) <= len(COLOURS) else words
    )


def _draw_line(axes: "Axes", line: Sequence[Point], name: str, colour: str) -> None:
    shared = sum(point.stage == "perceptual" for point in line) < 2  # else there is no one start
    joined = [point for point in line if shared or point.stage == "temporal"]
    axes.plot(*_columns(joined, name), color=colour, linewidth=1.6, alpha=0.6, zorder=2)
    for stage, inside in (("perceptual", "white"), ("temporal", colour)):
        x, y = _columns([point for point in line if point.stage == stage], name)
        axes.plot(x, y, "o", color=colour, markerfacecolor=inside, markersize=7, zorder=3)


def _columns(line: Sequence[Point], name: str) -> tuple[list[float], list[float]]:
    return [point.e_stab for point in line], [getattr(point, name) for point in line]


def _name_input(axes: "Axes", input_e_stab: float | None) -> None:
    if input_e_stab is not None:
        axes.annotate(
            "the input itself",
            (input_e_stab, 1),
            (4, -2),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            rotation=90,
            va="top",
            fontsize=8.5,
            color=QUIET,
        )


def _labels(lines: Mapping[str, Sequence[Point]], name: str) -> list[Label]:
    """Each line's name at its last point, then λ at each point that has one.

    With more lines than colours there is room for the names alone.
    """
    few = len(lines) <= len(COLOURS)
    names, weights = [], []
    for number, (words, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = list(zip(*_columns(line, name), strict=True))
        names.append(Label(words, places[-1], colour, *((10.5, "bold") if few else (8, "normal"))))
        for point, place in zip(line, places, strict=True):
            text = f"λ {point.weight:g}" if few and point.weight is not None else ""
            weights.append(Label(text, place, colour, 8.5))
    return names + weights
