"""Placement of a plot's labels, so that they cover neither points nor each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox

Place = tuple[int, int, str, str]
# offset in typographic points from the point, horizontal and vertical alignment; the best first
PLACES: tuple[Place, ...] = (
    (0, 8, "center", "bottom"),
    (8, 0, "left", "center"),
    (-8, 0, "right", "center"),
    (0, -8, "center", "top"),
    (7, 7, "left", "bottom"),
    (-7, 7, "right", "bottom"),
    (7, -7, "left", "top"),
    (-7, -7, "right", "top"),
    (0, 20, "center", "bottom"),
    (0, -20, "center", "top"),
    (16, 16, "left", "bottom"),
    (-16, 16, "right", "bottom"),
    (16, -16, "left", "top"),
    (-16, -16, "right", "top"),
)
# share of a text that lies left of, or below, the place that it is aligned to
ALIGNED = {"left": 0.0, "center": 0.5, "right": 1.0, "bottom": 0.0, "top": 1.0}
REACH = 5  # typographic points that a marker covers around its point
OUTSIDE = 10.0  # how much worse leaving the axes is than covering something


@dataclass(frozen=True)
class Label:
    """A text for the point `at`, in the plot's coordinates; no text: a point to keep clear."""

    text: str
    at: tuple[float, float]
    colour: str
    size: float
    weight: str = "normal"


def place_labels(axes: "Axes", labels: Sequence[Label]) -> None:
    """Adds the labels one by one, each in the first place where it covers least.

    Lines that are drawn count as covered at their points and halfway between.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()  # fills in the positions
    taken = [*_marks(axes, labels), *(text.get_window_extent() for text in axes.texts)]
    for label in labels:
        if label.text:
            taken.append(_placed(axes, label, taken))


def _placed(axes: "Axes", label: Label, taken: Sequence["Bbox"]) -> "Bbox":
    from matplotlib.transforms import Bbox

    text = axes.annotate(
        label.text,
        label.at,
        (0, 0),
        textcoords="offset points",
        color=label.colour,
        fontsize=label.size,
        fontweight=label.weight,
        zorder=4,
    )
    text.set_in_layout(False)
    size = text.get_window_extent()
    x, y = axes.transData.transform(label.at)
    point = axes.figure.dpi / 72  # pixels

    def box_at(place: Place) -> "Bbox":
        across, up, horizontal, vertical = place
        left = x + across * point - ALIGNED[horizontal] * size.width
        bottom = y + up * point - ALIGNED[vertical] * size.height
        return Bbox.from_bounds(left, bottom, size.width, size.height)

    def badness(place: Place) -> float:
        box = box_at(place)
        covered = sum(_share(box, other) for other in taken)
        return covered + OUTSIDE * (1 - _share(box, axes.bbox))

    best = min(PLACES, key=badness)
    text.set_position(best[:2])
    text.set(horizontalalignment=best[2], verticalalignment=best[3])
    return box_at(best)


def _share(box: "Bbox", other: "Bbox") -> float:
    """Share of a box, 0 to 1, that lies in another."""
    from matplotlib.transforms import Bbox

    common = Bbox.intersection(box, other)
    return 0.0 if common is None else common.width * common.height / (box.width * box.height)


def _marks(axes: "Axes", labels: Sequence[Label]) -> list["Bbox"]:
    import numpy as np
    from matplotlib.transforms import Bbox

    points = [axes.transData.transform([label.at for label in labels])]
    for line in axes.lines:
        path = line.get_transform().transform(line.get_xydata())
        if line.get_linestyle() != "None" and len(path) > 1:
            steps = np.linspace(0, len(path) - 1, 16 * (len(path) - 1))
            each = [np.interp(steps, np.arange(len(path)), path[:, side]) for side in (0, 1)]
            points.append(np.stack(each, axis=1))
    reach = REACH * axes.figure.dpi / 72
    return [Bbox([point - reach, point + reach]) for point in np.concatenate(points)]
