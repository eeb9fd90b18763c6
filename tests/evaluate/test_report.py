import io
import json

import pytest
from rich.console import Console

from kunster.evaluate.origin import Origin
from kunster.evaluate.report import Report, Row, print_report, write_report

NAN = float("nan")


def report(before, after, own=0.033):
    """Rows of the input and of both stages of a run; figures are e_stab, style, content."""
    rows = [Row("(the input itself)", e_stab=own, style=1.0, content=0.0)]
    for stage, figures in (("perceptual", before), ("temporal", after)):
        values = dict(zip(("e_stab", "style", "content"), figures, strict=True))
        rows.append(Row(f"runs/a/{stage}", 15195, origin=Origin("runs/a", stage), **values))
    return Report({"name": "vgg19"}, rows)


def test_ratios_are_stage_2_over_stage_1_in_the_table_and_in_json(tmp_path):
    write_report(report((0.05, 0.1, 0.8), (0.04, 0.12, 0.6)), tmp_path)
    (found,) = json.loads((tmp_path / "evaluation.json").read_text())["ratios"]
    assert found.pop("run") == "runs/a"
    assert found == pytest.approx({"e_stab": 0.8, "style": 1.2, "content": 0.75})
    text = (tmp_path / "evaluation.md").read_text()
    assert "stage 2 against stage 1 of runs/a: e_stab 0.80×, style 1.20×, content 0.75×" in text


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((None, None, 0.8), (None, None, 0.6), {"e_stab": None, "style": None, "content": 0.75}),
        ((0.0, 0.1, 0.8), (0.1, NAN, 0.8), {"e_stab": None, "style": None, "content": 1.0}),
    ],
)
def test_what_was_not_measured_or_diverged_has_no_ratio(tmp_path, before, after, expected):
    write_report(report(before, after), tmp_path)
    (found,) = json.loads((tmp_path / "evaluation.json").read_text())["ratios"]
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_a_run_with_one_stage_and_models_of_different_runs_have_none():
    rows = [
        Row("a", origin=Origin("runs/a", "perceptual"), content=1.0),
        Row("b", origin=Origin("runs/b", "temporal"), content=1.0),
    ]
    assert Report({}, rows).ratios() == []
    assert Report({}, rows).comparison() == []


def test_of_a_stage_measured_twice_the_run_folders_own_model_counts():
    found = report((0.05, 0.1, 0.8), (0.04, 0.12, 0.6))
    twin = Row("model.onnx", origin=Origin("runs/a", "perceptual"), content=99.0)
    found.rows = [*found.rows, twin]
    assert found.ratios()[0].content == pytest.approx(0.75)


def test_the_picture_is_written_and_shown_where_style_and_e_stab_are_known(tmp_path):
    written = write_report(report((0.05, 0.1, 0.8), (0.04, 0.12, 0.6)), tmp_path)
    names = ["evaluation.md", "evaluation.json", "evaluation.png", "evaluation.svg"]
    assert [path.name for path in written] == names
    assert all(path.is_file() for path in written)
    assert "\n![frontier](evaluation.png)\n" in (tmp_path / "evaluation.md").read_text()


@pytest.mark.parametrize("missing", [0, 1])
def test_without_either_there_is_no_picture_and_an_old_one_goes(tmp_path, missing):
    figures = [0.05, 0.1, 0.8]
    write_report(report(figures, figures), tmp_path)
    figures[missing] = None
    written = write_report(report(figures, figures), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evaluation.json", "evaluation.md"]
    assert len(written) == 2
    assert "![" not in (tmp_path / "evaluation.md").read_text()


def test_a_diverged_network_is_no_point_and_the_others_are():
    (point,) = report((NAN, 0.1, 0.8), (0.04, 0.12, 0.6)).points()
    assert (point.stage, point.figures) == ("temporal", (0.04, 0.12, 0.6))


@pytest.mark.parametrize(
    ("names", "printed", "folder"),
    [
        (["runs/a/perceptual", "runs/b/temporal"], ["a/perceptual", "b/temporal"], "runs/"),
        (["/x/14.onnx", "/x/8.onnx"], ["14.onnx", "8.onnx"], "/x/"),
        (["/x/14.onnx", "/y/8.onnx"], ["x/14.onnx", "y/8.onnx"], "/"),
        (["a/14.onnx", "b/8.onnx", "8.onnx"], ["a/14.onnx", "b/8.onnx", "8.onnx"], None),
        (["b/8.onnx", 9 * "longer/" + "8.onnx"], ["b/8.onnx", 9 * "longer/" + "8.onnx"], None),
    ],
)
def test_each_network_has_a_line_and_the_folder_of_all_is_said_once(names, printed, folder):
    rows = [Row(name, content=0.5, origin=Origin(name, "perceptual")) for name in names]
    out = io.StringIO()
    print_report(Report({}, [Row("(the input itself)"), *rows]), Console(file=out, width=60))
    lines = out.getvalue().splitlines()
    assert [line.split()[0] for line in lines[2 : 2 + len(names)]] == printed
    assert [line for line in lines if line.startswith("networks")] == (
        [f"networks: in {folder}"] if folder else []
    )
