from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from matplotlib.figure import Figure

from kunster.evaluate.frontier import Point, draw_frontier, lines_of
from kunster.evaluate.origin import Origin, origin_of
from kunster.pictures.plots import save_figure

START = (0.056, 0.12, 0.82)  # e_stab, style, content of the stage 1 that all runs share
PLAIN = {0: (0.056, 0.11, 0.81), 50: (0.045, 0.16, 0.77), 200: (0.038, 0.25, 0.70)}
OURS = {200: (0.034, 0.19, 0.76), 10: (0.048, 0.12, 0.81)}


def swept(folder, found):
    points = []
    for weight, figures in found.items():
        run = Path("/frontier") / folder / f"λ{weight}"
        points.append(Point(run, "perceptual", None, *START))
        points.append(Point(run, "temporal", weight, *figures))
    return points


POINTS = swept("plain", PLAIN) + swept("ours", OURS)


def curves(axes):
    """x, y of what was drawn, by (joined or filled or hollow), in the order of drawing."""
    found = {"joined": [], "filled": [], "hollow": []}
    for line in axes.lines:
        kind = "filled" if line.get_markerfacecolor() == line.get_color() else "hollow"
        kind = kind if line.get_marker() == "o" else "joined"
        if line.get_color() != "#777777":
            found[kind].append([tuple(point) for point in line.get_xydata().tolist()])
    return found


def test_runs_beside_each_other_that_differ_in_lambda_are_one_line_in_its_order():
    lines = lines_of(POINTS)
    assert set(lines) == {"plain", "ours"}
    assert [point.weight for point in lines["plain"]] == [None, 0, 50, 200]
    assert [point.weight for point in lines["ours"]] == [None, 10, 200]


@pytest.mark.parametrize("weight", [None, 50.0])
def test_runs_that_do_not_differ_in_lambda_are_lines_by_themselves(weight):
    points = [
        Point(Path("/runs") / name, stage, weight if stage == "temporal" else None, *START)
        for name in ("scream", "udnie")
        for stage in ("perceptual", "temporal")
    ]
    lines = lines_of(points)
    assert set(lines) == {"scream", "udnie"}
    assert [point.stage for point in lines["scream"]] == ["perceptual", "temporal"]


def test_two_folders_of_one_name_are_two_lines():
    moved = [replace(point, run=Path("/other") / "plain" / point.run.name) for point in POINTS[:6]]
    assert set(lines_of(POINTS[:6] + moved)) == {"frontier/plain", "other/plain"}


@pytest.mark.parametrize(("panel", "figure"), [(0, 1), (1, 2)], ids=["style", "content"])
def test_what_is_drawn_are_the_points(panel, figure):
    axes = draw_frontier(POINTS, 0.033).axes[panel]
    drawn = curves(axes)
    ours, plain = (
        [(values[0], values[figure]) for _, values in sorted(found.items())]
        for found in (OURS, PLAIN)
    )
    start = (START[0], START[figure])
    assert drawn["joined"] == [[start, *ours], [start, *plain]]
    assert drawn["filled"] == [ours, plain]
    assert drawn["hollow"] == [[start], [start]]
    (input_line,) = (line for line in axes.lines if line.get_color() == "#777777")
    assert list(input_line.get_xdata()) == [0.033, 0.033]


def test_lines_and_lambdas_are_named_beside_them_and_no_words_overlap():
    figure = draw_frontier(POINTS, 0.033)
    figure.draw_without_rendering()
    for axes in figure.axes:
        words = [text for text in axes.texts if text.get_text()]
        assert {"plain", "ours", "λ 0", "λ 10", "λ 50", "λ 200"} <= {
            text.get_text() for text in words
        }
        boxes = [text.get_window_extent() for text in words]
        assert not any(
            one.overlaps(other) for index, one in enumerate(boxes) for other in boxes[:index]
        )
        markers = axes.transData.transform(
            [point for line in curves(axes)["filled"] for point in line]
        )
        assert not any(box.contains(*marker) for box in boxes for marker in markers)
    assert all("lower is better" in axes.get_ylabel() for axes in figure.axes)
    assert "e_stab" in figure.axes[1].get_xlabel()


def test_different_first_stages_are_no_common_start():
    points = [replace(POINTS[0], style=0.3), *POINTS[1:6]]
    drawn = curves(draw_frontier(points, None).axes[0])
    assert drawn["joined"] == [[(values[0], values[1]) for values in PLAIN.values()]]
    assert len(drawn["hollow"][0]) == 2


def test_the_same_points_give_the_same_files(tmp_path):
    for number in range(2):
        paths = [tmp_path / f"{number}.{kind}" for kind in ("png", "svg")]
        figure = draw_frontier(POINTS[:4], 0.033)
        assert isinstance(figure, Figure)
        save_figure(figure, paths, 40)
    for kind in ("png", "svg"):
        assert (tmp_path / f"0.{kind}").read_bytes() == (tmp_path / f"1.{kind}").read_bytes()


@pytest.mark.parametrize(
    ("config", "weight"),
    [
        ({"objective": {"temporal": {"terms": {"output": {"weight": 50}}}}}, 50),
        ({"objective": {"temporal": {}}}, None),
        ({"objective": {"temporal": {"terms": {"output": {"weight": "much"}}}}}, None),
        ({"objective": None}, None),
        ("{", None),
        (None, None),
    ],
)
def test_lambda_is_read_where_a_run_has_it_and_belongs_to_stage_2(tmp_path, config, weight):
    if config is not None:
        text = config if isinstance(config, str) else yaml.safe_dump(config)
        (tmp_path / "config.yaml").write_text(text)
    model = tmp_path / "temporal" / "model.onnx"
    assert origin_of(model, "temporal") == Origin(str(tmp_path), "temporal", weight)
    first = tmp_path / "perceptual" / "model.onnx"
    assert origin_of(first, "perceptual") == Origin(str(tmp_path), "perceptual", None)


def test_a_model_outside_a_run_is_its_own_origin():
    path = Path("models") / "a.onnx"
    assert origin_of(path, "temporal") == Origin(str(path), "temporal", None)


def test_labels_crowd_no_more_than_they_must():
    """Eight networks of stage 1 along a curve: every name can be read."""
    along = np.linspace(0, 1, 8)
    points = [
        Point(Path(f"/runs/{number}"), "perceptual", None, 0.03 + 0.05 * x, (1 - x) ** 2, x)
        for number, x in enumerate(along.tolist())
    ]
    figure = draw_frontier(points, 0.02)
    figure.draw_without_rendering()
    for axes in figure.axes:
        boxes = [text.get_window_extent() for text in axes.texts]
        assert not any(
            one.overlaps(other) for index, one in enumerate(boxes) for other in boxes[:index]
        )
