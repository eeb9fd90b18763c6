"""Plot of the losses of a training."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from kunster.pictures.plots import COLOURS, INK, QUIET, quiet_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PARTS = 20  # each mean is over so small a part of the steps: batches differ
WIDE = 10.0  # largest over smallest loss from which on the axis is logarithmic
NEGLIGIBLE = 1e-3  # of the largest value: smaller terms lie below the plot


def draw_curve(steps: Sequence[float], losses: Mapping[str, Sequence[float]]) -> "Figure":
    """Running means of losses over steps, the first in black above the others.

    The axis is logarithmic where the first falls tenfold or terms are that far apart.

    Args:
        losses: by name, at least one; NaN where one was not logged.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 4.5), layout="constrained")
    axes = figure.add_subplot()
    means = {name: running_mean(values, len(steps)) for name, values in losses.items()}
    across = running_mean(steps, len(steps))
    peaks = {name: np.nanmax(each, initial=0) for name, each in means.items()}
    peak = max(peaks.values())
    shown = {name: each for name, each in means.items() if peaks[name] >= NEGLIGIBLE * peak}
    for number, (name, values) in enumerate(shown.items()):
        colour = INK if number == 0 else COLOURS[(number - 1) % len(COLOURS)]
        dashes = "-" if number <= len(COLOURS) else "--"
        axes.plot(across, values, dashes, color=colour, label=name, zorder=3 - (number > 0))
    quiet_axes(axes, "loss", INK, QUIET)
    axes.set_xlabel("step", color=INK)
    axes.locator_params(axis="x", integer=True)
    lowest = min(np.nanmin(each) for each in shown.values())
    if lowest > 0 and peak > WIDE * lowest:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.set_ylim(bottom=max(lowest, NEGLIGIBLE * peak))
    else:
        axes.set_ylim(bottom=0)
    figure.legend(loc="outside upper left", ncols=5, frameon=False, labelcolor=INK)
    return figure


def running_mean(values: Sequence[float], length: int) -> np.ndarray:
    """Means over a twentieth of the length each; shorter by that, less one."""
    window = max(1, length // PARTS)
    return np.convolve(values, np.full(window, 1 / window), "valid")
