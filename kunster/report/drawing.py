"""Style of the figures on light and on dark paper, and their file formats."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kunster.pictures.plots import figure_bytes, quiet_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FILE_RESOLUTION = 200  # dots per inch


@dataclass(frozen=True)
class Theme:
    """Colours of a figure, the page's; `series` and `devices` are safe for the colour-blind."""

    paper: str
    ink: str
    quiet: str
    faint: str
    series: tuple[str, str, str]
    devices: tuple[str, str]


# Okabe and Ito 2008: blue, vermilion, green; purple and the ink; lighter where the paper is dark
LIGHT = Theme(
    *("#ffffff", "#26241f", "#66625a", "#ddd8cd"),
    series=("#0072B2", "#D55E00", "#009E73"),
    devices=("#A8487F", "#26241f"),
)
DARK = Theme(
    *("#211e1c", "#f0ebe3", "#aca69b", "#3b3733"),
    series=("#56B4E9", "#F0854A", "#2EC59A"),
    devices=("#E29CC4", "#f0ebe3"),
)

Draw = Callable[[Theme], "Figure"]


def blank_figure(theme: Theme, width: float, height: float) -> "Figure":
    """An empty figure of a size in inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained", facecolor=theme.paper)


def furnish(axes: "Axes", theme: Theme, across: str, up: str) -> None:
    """Styles the axes: two spines, faint horizontal lines, and labels."""
    axes.set_facecolor(theme.paper)
    axes.set_xlabel(across, color=theme.ink)
    quiet_axes(axes, up, theme.ink, theme.quiet)
    axes.tick_params(which="both", labelsize=9)
    axes.grid(axis="y", color=theme.faint, linewidth=0.8)
    axes.set_axisbelow(True)


def parameters_axis(axes: "Axes") -> None:
    """Makes the x axis logarithmic, with ticks over the range of Table II."""
    axes.set_xscale("log")
    axes.set_xticks([5_000, 20_000, 100_000, 400_000], ["5k", "20k", "100k", "400k"])
    axes.minorticks_off()


def laid_out(figure: "Figure") -> "Figure":
    """The figure with its axes in place, so that not each file of it lays them out again."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def drawn(figure: "Figure", kind: str) -> bytes:
    """A figure as `png` or `svg`, for files and the page."""
    return figure_bytes(figure, kind, FILE_RESOLUTION)
