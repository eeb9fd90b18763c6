"""What stands in the plot of the losses: running means, and a logarithmic axis where it helps."""

import math

import numpy as np
import pytest

from kunster.pictures.curve_plot import draw_curve, running_mean


def axes_of(losses):
    (length,) = {len(values) for values in losses.values()}
    (axes,) = draw_curve(list(range(10, 10 * length + 10, 10)), losses).axes
    return axes


def test_the_mean_of_a_straight_line_is_the_line_and_noise_goes():
    line = np.arange(200.0)
    np.testing.assert_allclose(running_mean(line, 200), line[:191] + 4.5)
    np.testing.assert_allclose(running_mean([1, 3] * 100, 200), 2)
    np.testing.assert_array_equal(running_mean([5.0, 1.0], 2), [5, 1])


def test_a_few_steps_are_drawn_as_they_are():
    axes = axes_of({"loss": [8, 6, 5], "content": [3, 2, 2]})
    drawn = {line.get_label(): line.get_xydata().tolist() for line in axes.lines}
    assert drawn == {
        "loss": [[10, 8], [20, 6], [30, 5]],
        "content": [[10, 3], [20, 2], [30, 2]],
    }
    assert axes.get_xlabel() == "step"


@pytest.mark.parametrize(
    ("losses", "scale"),
    [
        ({"loss": [8, 6, 5], "content": [3, 2, 2]}, "linear"),
        ({"loss": [80, 6, 5]}, "log"),
        ({"loss": [8, 6, 5], "content": [0.5, 0.5, 0.1]}, "log"),
        ({"loss": [80, 6, 5], "tv": [0, 1, 1]}, "linear"),  # of 0 there is no logarithm
    ],
)
def test_the_axis_is_logarithmic_where_losses_are_far_apart(losses, scale):
    axes = axes_of(losses)
    assert axes.get_yscale() == scale
    assert (axes.get_ylim()[0] == 0) == (scale == "linear")


def test_terms_that_weigh_nothing_are_left_out():
    axes = axes_of({"loss": [8, 6, 5], "tv": [0, 0, 0], "grid": [1e-6, 1e-5, 1e-6]})
    assert [line.get_label() for line in axes.lines] == ["loss"]
    assert axes.get_yscale() == "linear"


def test_a_term_that_came_later_is_drawn_from_there_on():
    axes = axes_of({"loss": [8, 6, 5], "palette": [math.nan, 2, 1]})
    assert axes.lines[1].get_ydata()[1:].tolist() == [2, 1]
