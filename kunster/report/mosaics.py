"""Fig. 8, all networks on one photo, and Fig. 5, the stages of one network in every style."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kunster.networks.description import STAGES
from kunster.networks.table2 import ROWS
from kunster.report.drawing import PAGE_RESOLUTION, Theme, blank_figure
from kunster.report.stylized_photos import StylizedPhotos, painting_of
from kunster.results.runs import Run, paintings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.gridspec import GridSpec

PHOTO = 0  # of `pictures.NAMES`: a face shows at once how much of the content is left
WIDTH, HEIGHT = 1.8, 1.2  # inches a picture
FONT, SMALL = 9, 8
LONGEST = 30  # letters of a line that fit above a picture; a style may have any name


def draw_networks(runs: Sequence[Run], stylized: StylizedPhotos, theme: Theme) -> "Figure":
    """Fig. 8: the photo and each network's last stage; a column an α, a row a β.

    Args:
        runs: of one painting. Unless all are rows of Table II they stand one after the other.
    """
    placed = _placed(runs)
    rows, columns = (1 + max(place[side] for place in placed) for side in (0, 1))
    figure, grid = _grid(theme, max(rows, 2), columns + 1)
    _show(figure.add_subplot(grid[0, 0]), stylized.originals[PHOTO], theme, "the photo")
    _show_painting(figure.add_subplot(grid[1, 0]), runs[0], theme)
    for run, (row, column) in zip(runs, placed, strict=True):
        axes = figure.add_subplot(grid[row, column + 1])
        _show(axes, stylized.of(run, run.last_stage)[PHOTO], theme, _name(run))
    return figure


def draw_stages(
    runs: Sequence[Run], label: str, stylized: StylizedPhotos, theme: Theme
) -> "Figure":
    """Fig. 5: a column a painting: the painting, then the network's two stages.

    Args:
        label: of the network; the column of a painting without it says so.
    """
    styles = paintings(runs)
    alone = len(styles) == 1  # then left to right: a column would leave the page empty beside it
    figure, grid = _grid(theme, 1, 4) if alone else _grid(theme, 3, len(styles) + 1)

    def cell(row: int, column: int) -> "Axes":
        place = (0, row + column) if alone else (row, column)
        return figure.add_subplot(grid[place])

    _show(cell(0, 0), stylized.originals[PHOTO], theme, "the photo")
    for column, style in enumerate(styles, 1):
        of_style = [run for run in runs if run.style == style]
        _show_painting(cell(0, column), of_style[0], theme)
        run = next((run for run in of_style if run.label == label), None)
        for row, (stage, name) in enumerate(STAGES.items(), start=1):
            if run and stage in run.stages:
                picture = stylized.of(run, stage)[PHOTO]
                _show(cell(row, column), picture, theme, name)
            else:
                _say(cell(row, column), f"{name}:\nnot trained", theme)
    return figure


def draw_strips(strips: np.ndarray, theme: Theme) -> "Figure":
    """Video strips, uint8 RGB (H, W, 3), as the evaluation drew them."""
    height, width = strips.shape[:2]
    figure = blank_figure(theme, width / PAGE_RESOLUTION, height / PAGE_RESOLUTION)
    axes = figure.add_subplot()
    axes.imshow(strips, interpolation="nearest")
    axes.set_axis_off()
    return figure


def _show_painting(axes: "Axes", run: Run, theme: Theme) -> None:
    picture = painting_of(run)
    if picture is None:
        _say(axes, f"{run.style}:\nno picture of it here", theme)
    else:
        _show(axes, picture, theme, f"{run.style}, painting")


def _grid(theme: Theme, rows: int, columns: int) -> "tuple[Figure, GridSpec]":
    from matplotlib.gridspec import GridSpec

    figure = blank_figure(theme, columns * WIDTH, rows * (HEIGHT + 0.24))
    engine = figure.get_layout_engine()
    assert engine is not None
    engine.set(w_pad=0.03, h_pad=0.03, wspace=0.02, hspace=0.02)  # type: ignore[call-arg]
    return figure, GridSpec(rows, columns, figure)


def _placed(runs: Sequence[Run]) -> list[tuple[int, int]]:
    """(row, column) of each run: β down and α across for Table II, otherwise five a row."""
    if any(run.printed is None for run in runs):
        return [divmod(number, 5) for number in range(len(runs))]
    known = [row for row in ROWS if row.id in {run.id for run in runs}]
    betas = list(dict.fromkeys(row.beta for row in known))
    alphas = sorted({row.alpha for row in known}, reverse=True)
    return [(betas.index(run.beta or 0), alphas.index(run.alpha or 0)) for run in runs]


def _name(run: Run) -> str:
    return run.name if run.id is None else f"{run.id}   α {run.alpha:g}, β {run.beta:g}"


def _show(axes: "Axes", picture: np.ndarray, theme: Theme, title: str) -> None:
    axes.imshow(picture, interpolation="lanczos")
    axes.set_anchor("NW")  # paintings are of any proportions
    axes.set_axis_off()
    axes.set_title(
        _fitting(title), loc="left", fontsize=FONT, color=theme.ink, pad=3, parse_math=False
    )


def _say(axes: "Axes", words: str, theme: Theme) -> None:
    axes.set_axis_off()
    axes.text(
        *(0.5, 0.5, "\n".join(map(_fitting, words.splitlines()))),
        ha="center",
        va="center",
        fontsize=SMALL,
        color=theme.quiet,
        transform=axes.transAxes,
        parse_math=False,
    )


def _fitting(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
