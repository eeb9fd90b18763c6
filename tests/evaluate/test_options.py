"""The words of `kunster.evaluate`, before anything is opened."""

from pathlib import Path

import pytest

from kunster.errors import UserError
from kunster.evaluate.options import Options, parse

DATA = ["painting=scream.jpg", "sintel=sintel"]


def test_a_word_is_a_setting_or_a_model(tmp_path, monkeypatch):
    (tmp_path / "alpha=1").mkdir()  # as Hydra names the folders of a sweep
    monkeypatch.chdir(tmp_path)
    settings = ["without=ambush_4,cave_2", "ruder=2", "style_weight=6"]
    assert parse(["runs/scream", "alpha=1", *DATA, *settings]) == Options(
        (Path("runs/scream"), Path("alpha=1")),
        painting=Path("scream.jpg"),
        sintel=Path("sintel"),
        without=("ambush_4", "cave_2"),
        ruder=2,
        style_weight=6,
    )


def test_a_home_folder_is_found(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    options = parse(["~/run", "photos=~/photos"])
    assert options.models == (Path("/home/me/run"),)
    assert options.photos == Path("/home/me/photos")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "evaluate what?"),
        (["limit=3"], "evaluate what?"),
        (
            ["run", "sintell=/data"],
            "known are judge=, painting=, photos=, sintel=, without=, video=, out=",
        ),
        (["run", "limit=0"], "limit=0: must be a whole number, 1 or more"),
        (["run", "limit=1.5"], "limit=1.5: must be a whole number"),
        (["run", "gatys=1"], "gatys=1: needs painting=…"),
        (["run", "ruder=1", DATA[0]], "ruder=1: needs sintel=…"),
        (["run", "without=pan"], "without=pan: needs sintel=…"),
        (["run", "ruder_side=32"], "ruder_side=32: must be a whole number, 64 or more"),
        (["run", "gatys_side=32"], "gatys_side=32: must be a whole number, 64 or more"),
        (["run", "gatys=-1"], "gatys=-1: must be a whole number, 0 or more"),
        (["run", "style_weight=nan"], "style_weight=nan: must be a number"),
        (["run", "style_weight=-2"], "style_weight=-2: must be a number, 0.0 or more"),
        (["run", "accelerator=tpu"], "accelerator=tpu: must be auto, cpu, cuda or mps"),
    ],
)
def test_a_wrong_word_is_refused_by_its_value(words, complaint):
    with pytest.raises(UserError) as refused:
        parse(words)
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)
