"""Pictures optimised one by one, Gatys' and Ruder's, as rows beside the networks."""

import json

import pytest
from PIL import Image

from kunster.data.sintel import load_pair, sintel_pairs
from kunster.evaluate import measure, optimal
from kunster.evaluate.__main__ import main
from kunster.measures.stability import stability

from .small_data import words


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    """An empty cache, and optimisations that converge soon."""
    monkeypatch.setenv("KUNSTER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(optimal, "LEAST_FALL", 0.03)


def test_gatys_is_the_last_row_and_every_loss_is_a_multiple_of_his(
    run_folder, data, tiny_vgg19, empty_cache, monkeypatch
):
    options = words(data, "painting", "photos", "judge")
    assert main([str(run_folder), *options, "--gatys", "1", "--gatys-side", "64"]) == 0
    report = json.loads((run_folder / "evaluation.json").read_text())
    own, *_, gatys = report["rows"]
    assert gatys["name"].startswith("Gatys, ")
    assert gatys["optimality"] == pytest.approx(1, rel=1e-5)
    assert own["gatys_steps"] == 0
    for row in report["rows"]:
        assert row["optimality"] == pytest.approx(row["loss"] / gatys["loss"], rel=1e-4)
    assert own["optimality"] > 1
    markdown = (run_folder / "evaluation.md").read_text()
    assert "| border | loss | optimality | Gatys steps |" in markdown
    assert Image.open(run_folder / "gatys_1.png").size == (64, 64)

    monkeypatch.setattr(measure, "optimise_photo", lambda *_: pytest.fail("kept from before"))
    again = ("--gatys", "1", "--gatys-side", "64", "--overwrite")
    assert main([str(run_folder), *options, *again]) == 0
    assert json.loads((run_folder / "evaluation.json").read_text())["rows"] == report["rows"]


def test_ruder_is_a_row_on_pairs_of_his_own_size_and_all_are_measured_on_them(
    run_folder, data, tiny_vgg19, empty_cache, monkeypatch
):
    options = words(data, "painting", "photos", "sintel", "judge")
    assert main([str(run_folder), *options, "--ruder", "1", "--ruder-side", "64"]) == 0
    report = json.loads((run_folder / "evaluation.json").read_text())
    own, *networks, ruder = report["rows"]
    assert ruder["name"].startswith("Ruder, ")
    (pair,) = sintel_pairs(data / "sintel")
    (expected,) = stability([lambda frames: frames], [load_pair(pair, (64, 113))])
    assert own["ruder_e_stab"] == pytest.approx(expected)
    assert 0 < ruder["ruder_e_stab"] < min(row["ruder_e_stab"] for row in networks)
    assert ruder["style"] < 1 < networks[0]["style"]  # optimised, and random
    assert report["measured_on"]["ruder"].startswith("1 pairs at 113x64: final/pan/frame_0001")
    markdown = (run_folder / "evaluation.md").read_text()
    assert "| border | e_stab (Ruder's pairs) |" in markdown
    for number in (1, 2):
        assert Image.open(run_folder / f"ruder_{number}.png").size == (113, 64)

    monkeypatch.setattr(measure, "optimise_pair", lambda *_: pytest.fail("kept from before"))
    again = ("--ruder", "1", "--ruder-side", "64", "--overwrite")
    assert main([str(run_folder), *options, *again]) == 0
    assert json.loads((run_folder / "evaluation.json").read_text())["rows"] == report["rows"]
