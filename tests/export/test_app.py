"""Files of several styles that ship in one app."""

from dataclasses import replace

import numpy as np
import onnx
import pytest

from kunster.errors import UserError
from kunster.export.__main__ import main
from kunster.export.app import app_names, credits_of, file_name, steady
from kunster.export.onnx_file import load_onnx
from kunster.export.parity import Opened
from kunster.export.sources import Source
from kunster.export.targets import TARGETS
from kunster.networks.model_file import save_model

from ..random_networks import describe, random_network

SMALL = {"alpha": 0.125, "beta": 0.25, "stage": "temporal"}
STYLES = ("scream", "starry_night")


@pytest.fixture
def models(tmp_path, monkeypatch):
    """Files of two untrained networks, whose exports are compared on small pictures."""
    monkeypatch.setitem(TARGETS, "onnx", replace(TARGETS["onnx"], checked_sizes=((64, 96),)))
    paths = [tmp_path / f"{style}.safetensors" for style in STYLES]
    for path in paths:
        description = describe(style=path.stem, **SMALL)
        save_model(random_network(description), description, path)
    return [str(path) for path in paths]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("model.mlpackage", "StarryNight.mlpackage"),
        ("model-int8.mlpackage", "StarryNightInt8.mlpackage"),
        ("model.tflite", "starry_night.tflite"),
        ("model-int8.tflite", "starry_night_int8.tflite"),
    ],
)
def test_names_are_those_of_swifts_classes_and_androids_resources(target, name):
    assert file_name(("starry", "night"), target) == name


def test_a_style_in_two_sizes_has_them_in_its_names():
    ids = {8: (0.5, 0.75), 14: (0.25, 0.5), 1: (1, 1)}
    large, medium, small = (
        describe(alpha=alpha, beta=beta) for alpha, beta in (ids[1], ids[8], ids[14])
    )
    other = describe(style="0.7 scream + 0.3 udnie")
    assert app_names([small, medium, large, other]) == [
        *(("scream", "small"), ("scream", "medium"), ("scream", "large")),
        ("0", "7", "scream", "0", "3", "udnie"),
    ]
    with pytest.raises(UserError, match=r"^scream small: two of these"):
        app_names([small, replace(small, stage="temporal")])


def test_of_a_run_the_last_stage_is_taken(tmp_path):
    run, alone = tmp_path / "run", tmp_path / "alone.safetensors"
    stages = [run / stage / "last.ckpt" for stage in ("perceptual", "temporal")]
    other = tmp_path / "other.safetensors"
    sources = [Source(model, model.parent) for model in (*stages, alone, other)]
    assert [source.model for source in steady(sources)] == [stages[1], alone, other]
    two = [Source(alone, tmp_path, style) for style in ("scream", "udnie")]
    assert steady(two) == two


def test_each_file_says_what_it_shows(models, tmp_path):
    out = tmp_path / "App"
    assert main([*models, "onnx", "--limit", "1", "--out", str(out)]) == 0
    assert names(out) == ["scream.onnx", "starry_night.onnx"]
    found = {entry.key: entry.value for entry in onnx.load(out / "scream.onnx").metadata_props}
    credits = {"title": "The Scream", "painter": "Edvard Munch", "year": "1893"}
    credits |= {"licence": "public domain (Munch died in 1944)", "size_class": "Small"}
    description = describe(style="scream", **SMALL)
    assert found == description.to_metadata() | credits
    assert load_onnx(out / "scream.onnx")[1] == description


def test_the_credits_of_ones_own_style():
    assert credits_of(describe(style="mine")) == {"title": "mine", "size_class": "Small"}


def test_one_wrong_file_leaves_none(models, tmp_path, monkeypatch, capsys):
    def opened(path):
        """The first style as it is, the second in black."""
        found = TARGETS["onnx"].open(path)
        black = load_onnx(path)[1].style == STYLES[1]
        return Opened(lambda image: np.zeros(image.shape), {}) if black else found

    monkeypatch.setitem(TARGETS, "litert", replace(TARGETS["onnx"], file="m.tflite", open=opened))
    with pytest.raises(SystemExit, match="nothing was written"):
        main([*models, "onnx", "litert", "--limit", "1", "--out", str(tmp_path / "App")])
    assert names(tmp_path / "App") == []


def test_what_is_there_stays(models, tmp_path, capsys):
    (tmp_path / "App").mkdir()
    (tmp_path / "App" / "scream.onnx").write_text("an app's own")
    assert main([*models, "onnx", "--out", str(tmp_path / "App")]) == 2
    assert "scream.onnx: is there already; --overwrite" in capsys.readouterr().err
    assert names(tmp_path / "App") == ["scream.onnx"]


def test_a_mistyped_target_is_answered_with_each_name_once(capsys):
    assert main(["scream", "onx"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    said, _, listed = line.partition(" There are ")
    assert said == "onx: neither a target nor a model; did you mean onnx?"
    assert len(set(listed.split(", "))) == len(listed.split(", ")) > len(TARGETS)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["screm"], "screm: neither a target nor a model; did you mean scream?"),
        (["--table", "sizes"], "--table sizes: takes one MODEL"),
        (["scream:14", "scream:15"], "scream:15: neither a target nor a model"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(models, tmp_path, capsys, words, said):
    assert main([*models, "onnx", *words, "--out", str(tmp_path / "App")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(said)
    assert not (tmp_path / "App").exists()
