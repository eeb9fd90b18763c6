"""Files, axes and colours of matplotlib figures."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kunster.files.replacing import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito 2008, safe for the colour-blind; yellow and the greys left out
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
INK, QUIET = "#333333", "#777777"


def save_figure(figure: "Figure", paths: Sequence[Path], resolution: int) -> None:
    """Writes a figure in the formats of the suffixes, see `figure_bytes`.

    Raises:
        UserError: the folder cannot be written to.
    """
    for path in paths:
        with replacing(path) as part:
            part.write_bytes(figure_bytes(figure, path.suffix.removeprefix("."), resolution))


def figure_bytes(figure: "Figure", kind: str, resolution: int) -> bytes:
    """A figure as `png` or `svg` at so many dots per inch; the same bytes each time."""
    from matplotlib import rc_context

    data = io.BytesIO()
    metadata = {"svg": {"Date": None}, "png": {"Software": None}}[kind]
    paper = figure.get_facecolor()
    with rc_context({"svg.hashsalt": "kunster"}):
        figure.savefig(data, format=kind, dpi=resolution, metadata=metadata, facecolor=paper)
    return data.getvalue()


def quiet_axes(axes: "Axes", label: str, ink: str, quiet: str) -> None:
    """Labels the y axis, and leaves two spines, of a quiet colour."""
    axes.set_ylabel(label, color=ink)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(quiet)
    axes.tick_params(which="both", color=quiet, labelcolor=ink)
