"""One table of all that is given: networks, photos, pairs of Sintel and a video."""

import json
import shutil

import cv2
import numpy as np
import pytest

from kunster.evaluate.__main__ import main

from ..flo_files import write_flo
from .small_data import words

LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_1")


def test_a_run_and_an_onnx_file_make_one_table(run_folder, data, tiny_vgg19, capsys):
    onnx = run_folder / "perceptual" / "model.onnx"
    options = words(data, "painting", "photos", "sintel", "video", "judge")
    assert main([str(run_folder), str(onnx), *options, "--limit", "2"]) == 0

    report = json.loads((run_folder / "evaluation.json").read_text())
    own, perceptual, temporal, as_onnx = report["rows"]
    figures = ("style", "content", "e_stab", "flicker")
    assert (own["style"], own["content"]) == (1, 0)
    assert own["e_stab"] < 0.05  # a translation, but for the resizing to 640x360
    assert perceptual["name"].endswith("perceptual")
    assert temporal["name"].endswith("temporal")
    assert perceptual["parameters"] == 3999  # Table II, id 15
    for name in figures:
        assert perceptual[name] == temporal[name]  # the same weights
        assert as_onnx[name] == pytest.approx(perceptual[name], rel=1e-3)
    assert report["judge"]["name"] == "tiny_vgg19"
    assert report["measured_on"]["photos"].startswith("2 of 3")

    markdown = (run_folder / "evaluation.md").read_text()
    printed = capsys.readouterr().out
    assert report["ratios"] == [{"run": str(run_folder), "e_stab": 1, "style": 1, "content": 1}]
    assert "e_stab 1.00×, style 1.00×, content 1.00×" in printed
    for name in ("evaluation.png", "evaluation.svg"):
        assert (run_folder / name).is_file()
        assert str(run_folder / name) in printed
    for formula in report["formulas"]:
        assert formula in markdown
        assert formula.replace("; ", ";\n  ") in printed
    assert len(report["formulas"]) == 7 + 8 + 6
    assert markdown.count("\n| ") == 2 + len(report["rows"]) + 1

    assert "![strips](video_strips.png)" in markdown
    strips = cv2.imread(str(run_folder / report["strips"]))
    assert strips.shape[0] > 3 * 96  # a row a network, of frames 96 pixels high
    assert own["steadiness"]["noise"] == pytest.approx(5.5, abs=0.5)  # 2 · sigma / √π
    assert temporal["steadiness"]["noise_shown"] < temporal["steadiness"]["noise"]

    photo, ours, painting = own["painted"], perceptual["painted"], report["own_painting"]
    assert (photo["tint"], photo["masses"]) == pytest.approx((1, 1), abs=0.05)
    assert (photo["content4"], photo["cfsd"]) == pytest.approx((0, 0), abs=1e-4)
    assert painting == {"stroke": 1, "palette": 0, **dict.fromkeys(LAYERS, 0)}
    assert ours["tint"] < 1
    assert ours["palette"] > 0
    assert min(ours[layer] for layer in LAYERS) > 0
    assert "relu5_1: left out;\n  kunster fetch vgg19 brings it" in printed


def test_scenes_are_told_apart_and_can_be_left_out(run_folder, data, tiny_vgg19):
    """A second scene whose flow is wrong by as much as the first one's is right."""
    for kind in ("final", "flow"):
        shutil.copytree(data / "sintel" / kind / "pan", data / "sintel" / kind / "wrong")
    write_flo(data / "sintel/flow/wrong/frame_0001.flo", np.tile(np.float32([-4, 0]), (96, 128, 1)))
    options = words(data, "photos", "sintel", "judge")
    assert main([str(run_folder), *options]) == 0
    both = json.loads((run_folder / "evaluation.json").read_text())["rows"]
    for row in both:
        assert row["e_stab_of"]["wrong"] > 2 * row["e_stab_of"]["pan"]
        assert row["e_stab"] == pytest.approx(sum(row["e_stab_of"].values()) / 2)
    markdown = (run_folder / "evaluation.md").read_text()
    assert "| network | pan | wrong |" in markdown

    assert main([str(run_folder), *options, "--without", "wrong", "--overwrite"]) == 0
    report = json.loads((run_folder / "evaluation.json").read_text())
    assert "360, without wrong, of" in report["measured_on"]["sintel"]
    assert "wrong/frame" not in report["measured_on"]["sintel"]
    for row, before in zip(report["rows"], both, strict=True):
        assert row["e_stab_of"] == {"pan": row["e_stab"]}
        assert row["e_stab"] == pytest.approx(before["e_stab_of"]["pan"])
    assert "scene by scene" not in (run_folder / "evaluation.md").read_text()


@pytest.mark.parametrize(
    ("scenes", "complaint"),
    [
        ("ambush_4", "--without ambush_4: no such scene; there are pan"),
        ("pan", "--without pan: leaves"),
    ],
)
def test_scenes_that_are_not_there_or_all_of_them_cannot_be_left_out(
    run_folder, data, tiny_vgg19, capsys, scenes, complaint
):
    options = words(data, "photos", "sintel", "judge")
    assert main([str(run_folder), *options, "--without", scenes]) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1


def test_without_data_the_report_says_why_columns_are_empty(run_folder, data, tiny_vgg19, tmp_path):
    options = words(data, "photos", "judge")
    assert main([str(run_folder), *options, "--out", str(tmp_path / "out")]) == 0
    report = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert report["rows"][1]["content"] > 0
    assert "optimality" not in (tmp_path / "out" / "evaluation.md").read_text()
    for column, kind in (("style", "painting"), ("e_stab", "sintel"), ("flicker", "video")):
        assert report["rows"][1][column] is None
        assert report["measured_on"][kind].startswith("none given")
