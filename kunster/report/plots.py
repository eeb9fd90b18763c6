"""Fig. 6 of the paper, and style distance against stability, size and speed."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle
from textwrap import shorten
from typing import TYPE_CHECKING

from kunster.networks.table2 import ROWS
from kunster.pictures.plot_labels import Label, place_labels
from kunster.report.choice import PAPERS_CHOICE, Candidate, recommended, unbeaten
from kunster.report.devices import Device
from kunster.report.drawing import Theme, blank_figure, furnish, parameters_axis
from kunster.report.sweep import SIZES, Sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

REAL_TIME = 25  # FPS of the paper's video
LABEL, NAME = 8.5, 9.5  # font sizes, of ids and of series
LONGEST = 24  # letters of a device's name that fit beside its line
Line = Sequence[tuple[int, float]]  # parameters, FPS


def draw_speed(sweep: Sweep, theme: Theme) -> "Figure":
    """Fig. 6: FPS over parameters, both sizes; the phones as printed, this machine if measured."""
    figure = blank_figure(theme, 5.6, 6.6)
    panels = figure.subplots(len(SIZES), 1, sharex=True)
    for place, (axes, size) in enumerate(zip(panels, SIZES, strict=True)):
        furnish(axes, theme, "parameters" if axes is panels[-1] else "", "frames per second")
        title = size.replace("x", "×")
        if axes is panels[0]:
            title += f"; dashed: {REAL_TIME} FPS, the video's own"
        axes.set_title(title, loc="left", fontsize=10.5, color=theme.ink)
        axes.axhline(REAL_TIME, color=theme.quiet, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        series = {name: line for name, line in _speeds(sweep, place, size).items() if line}
        names = []
        for colour, (name, line) in zip(theme.series, series.items(), strict=False):
            axes.plot(*zip(*line, strict=True), "o-", color=colour, markersize=5, linewidth=1.4)
            names.append(Label(name, line[-1], colour, NAME))
        names += _draw_devices(axes, theme, sweep.devices, size)
        if axes.dataLim.ymax > 150:
            axes.set_yscale("log")  # a desktop would press the phones flat
            axes.set_yticks([5, 10, 25, 50, 100, 200], ["5", "10", "25", "50", "100", "200"])
            axes.minorticks_off()
        else:
            axes.set_ylim(bottom=0)
        parameters_axis(axes)
        axes.set_xlim(2_900, 2_000_000)  # room for the names at the end of their lines
        _name_lines(axes, names)
    return figure


def _speeds(sweep: Sweep, place: int, size: str) -> dict[str, Line]:
    measured = {run.parameters: fps for run in sweep.runs if (fps := sweep.fps(run, size))}
    exact = {run.id: run.parameters for run in sweep.runs}
    # a row that was not trained stands where the paper's rounded number puts it
    counts = [exact.get(row.id, 1000 * int(row.parameters.removesuffix("k"))) for row in ROWS]
    return {
        "iPhone 11 Pro": sorted(
            zip(counts, (row.iphone_11_pro[place] for row in ROWS), strict=True)
        ),
        "iPhone 6s": sorted(zip(counts, (row.iphone_6s[place] for row in ROWS), strict=True)),
        "this machine": sorted(measured.items()),
    }


def _draw_devices(
    axes: "Axes", theme: Theme, devices: Sequence[Device], size: str
) -> Iterator[Label]:
    """FPS of each, with bars over the middle 80 % of its pictures; returns the lines' names."""
    for device, colour in zip(devices, cycle(theme.devices), strict=False):
        if line := device.speeds.get(size):
            parameters, medians, slow, fast = zip(*line, strict=True)
            axes.plot(parameters, medians, "s--", color=colour, markersize=4, linewidth=1.2)
            axes.vlines(parameters, slow, fast, color=colour, linewidth=1.2)
            name = shorten(device.name, LONGEST, placeholder="…")
            yield Label(name, (parameters[-1], medians[-1]), colour, NAME)


def _name_lines(axes: "Axes", names: Iterable[Label]) -> None:
    """Writes the names at the ends of their lines, the higher ones above the lower ones."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()  # fills in the positions
    points = 72 / figure.dpi  # of a pixel
    floor = -math.inf
    for label in sorted(names, key=lambda label: label.at[1]):
        height = points * axes.transData.transform(label.at)[1]
        floor = max(height, floor + 1.2 * label.size)
        axes.annotate(
            *(label.text, label.at, (8, floor - height)),
            textcoords="offset points",
            va="center",
            color=label.colour,
            fontsize=label.size,
            parse_math=False,
        )


def draw_pareto(networks: Sequence[Candidate], theme: Theme) -> "Figure":
    """Style distance over e_stab, over parameters and, where measured, over FPS.

    Args:
        networks: at least one.
    """
    fast = all(network.fps for network in networks)
    figure = blank_figure(theme, 5.6, 9.4 if fast else 6.6)
    panels = figure.subplots(3 if fast else 2, 1)
    style = "style distance (lower is better)"
    furnish(panels[0], theme, "e_stab (lower is steadier)", style)
    _draw_networks(panels[0], theme, networks, [network.e_stab for network in networks])
    _draw_key(panels[0], theme)
    furnish(panels[1], theme, "parameters (fewer is smaller)", style)
    parameters_axis(panels[1])
    _draw_networks(panels[1], theme, networks, [network.parameters for network in networks])
    if fast:
        furnish(panels[2], theme, f"FPS at {SIZES[0]} on this machine (higher is faster)", style)
        _draw_networks(panels[2], theme, networks, [network.fps or 0 for network in networks])
    return figure


def _draw_networks(
    axes: "Axes", theme: Theme, networks: Sequence[Candidate], across: Sequence[float]
) -> None:
    """Draws a dot a network, hollow if beaten; a ring is the paper's choice, a diamond ours."""
    blue, orange, _ = theme.series
    ours, good = recommended(networks), unbeaten(networks)
    labels = []
    for network, x in zip(networks, across, strict=True):
        chosen = network is ours
        if network.id in PAPERS_CHOICE:
            axes.plot(x, network.style, "o", mfc="none", mec=orange, mew=1.6, ms=15, zorder=3)
        axes.plot(
            *(x, network.style, "D" if chosen else "o"),
            color=blue,
            mfc=blue if network in good else theme.paper,
            ms=9 if chosen else 6,
            zorder=4,
        )
        words = (theme.ink, NAME, "bold") if chosen else (theme.ink, LABEL)
        labels.append(Label(network.label, (x, network.style), *words))
    axes.margins(0.1)
    place_labels(axes, labels)


def _draw_key(axes: "Axes", theme: Theme) -> None:
    from matplotlib.lines import Line2D

    blue, orange, _ = theme.series
    marks = {
        "unbeaten": {"mfc": blue, "mec": blue, "ms": 6},
        "beaten": {"mfc": theme.paper, "mec": blue, "ms": 6},
        "our choice": {"marker": "D", "mfc": blue, "mec": blue, "ms": 8},
        "the paper's": {"mfc": "none", "mec": orange, "mew": 1.6, "ms": 12},
    }
    handles = [
        Line2D([], [], **({"marker": "o", "linestyle": ""} | mark), label=name)  # type: ignore[arg-type]
        for name, mark in marks.items()
    ]
    axes.legend(
        handles=handles,
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=4,
        frameon=False,
        fontsize=LABEL,
        labelcolor=theme.ink,
        handletextpad=0.2,
        columnspacing=1.4,
    )
