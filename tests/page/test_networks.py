"""Which networks a page shows, and what it says of those that it cannot."""

import pytest

from kunster.assets import trained
from kunster.errors import UserError
from kunster.networks.table2 import ROWS
from kunster.page.networks import shown_networks

from ..report.conftest import write_run


@pytest.fixture
def runs(tmp_path):
    """Two styles, ids 15 and 10; the second of one is without stage 2."""
    write_run(tmp_path / "runs" / "a", ROWS[14])
    write_run(tmp_path / "runs" / "b", ROWS[9], steady=False)
    write_run(tmp_path / "runs" / "c", ROWS[14], style="mine")
    return tmp_path / "runs"


def names(shown):
    return [(each.description.style, each.name, each.description.stage) for each in shown]


def test_a_sweep_by_style_then_size_with_its_figures(runs):
    shown = shown_networks([str(runs)])

    assert names(shown) == [
        ("scream", "15", "perceptual"),
        ("scream", "15", "temporal"),
        ("scream", "10", "perceptual"),
        ("mine", "15", "perceptual"),
        ("mine", "15", "temporal"),
    ]
    figures = [each.figures.e_stab for each in shown]
    assert figures == pytest.approx([0.03, 0.02, 0.03, 0.03, 0.02])
    assert {each.judge for each in shown} <= {"slim", "vgg19"}
    assert shown[0].phone == 62.43  # Table II, id 15, iPhone 11 Pro, 320x240
    assert [shown[0].title, shown[-1].title] == ["The Scream", "mine"]


def test_a_run_and_a_file(runs):
    run = shown_networks([str(runs / "c")])
    file = shown_networks([str(runs / "a" / "temporal" / "model.safetensors")])

    assert names(run) == [("mine", "15", "perceptual"), ("mine", "15", "temporal")]
    assert names(file) == [("scream", "15", "temporal")]
    assert file[0].figures.style is None


def test_two_runs_of_one_network_keep_their_folders_names(runs):
    again = write_run(runs.parent / "again", ROWS[14])
    shown = shown_networks([str(runs / "a"), str(again)])

    assert {each.name for each in shown} == {"a", "again"}
    with pytest.raises(UserError, match="scream_a_perceptual: two networks"):
        shown_networks([str(runs / "a"), str(runs / "a")])


def test_styles_that_ship_up_to_a_size(runs, tmp_path, monkeypatch):
    write_run(tmp_path / "large", ROWS[0])  # 469,731 parameters
    shipped = tmp_path / "trained"
    (shipped / "scream").mkdir(parents=True)
    for number, run in ((15, runs / "a"), (1, tmp_path / "large")):
        file = shipped / "scream" / f"{number}-temporal.safetensors"
        (run / "temporal" / "model.safetensors").rename(file)
    monkeypatch.setattr(trained, "FOLDER", shipped)

    assert names(shown_networks([])) == [("scream", "15", "temporal")]
    assert names(shown_networks(["scream:1"])) == [("scream", "1", "temporal")]


def test_what_is_not_there_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(trained, "FOLDER", tmp_path / "none")
    with pytest.raises(UserError, match="no trained style ships yet"):
        shown_networks([])
    with pytest.raises(UserError, match="nowhere: no such file"):
        shown_networks(["nowhere"])
    with pytest.raises(UserError, match="neither perceptual/ nor temporal/"):
        shown_networks([str(tmp_path)])
