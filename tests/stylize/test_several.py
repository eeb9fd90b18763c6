"""Networks of several styles: one of them or a mixture, by the command and from Python."""

import numpy as np
import pytest
from PIL import Image

import kunster
from kunster.errors import UserError
from kunster.networks.model_file import save_model
from kunster.stylize.__main__ import main

from ..random_networks import describe, random_network
from ..video.clips import frames_of, numbered, write_clip

THREE = describe(kind="multistyle", alpha=0.125, beta=0.25)
MIXTURE = {"scream": 0.7, "mine": 0.3}


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "base.safetensors"
    save_model(random_network(THREE), THREE, path)
    return path


@pytest.fixture
def photo(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pixels = np.random.default_rng(0).integers(0, 256, (70, 90, 3), np.uint8)
    Image.fromarray(pixels).save("in.png")
    return pixels


def run(base, *words):
    return main(["in.png", "out.png", "--model", str(base), "--engine", "onnxruntime", *words])


def test_the_command_and_python_mix_alike(base, photo):
    several = kunster.load(base, engine="onnxruntime")
    assert several.styles == ("scream", "udnie", "mine")
    mixed = several.mix(MIXTURE)
    assert mixed.style == "0.7 scream + 0.3 mine"
    assert mixed.styles == (mixed.style,)
    assert run(base, "--style", "scream:0.7,mine:0.3") == 0
    assert (np.array(Image.open("out.png")) == mixed(photo)).all()
    alone = several.mix({"udnie": 5})
    assert alone.parameters == describe(kind="dilated", alpha=0.125, beta=0.25).parameters
    assert not (alone(photo) == mixed(photo)).all()


def test_a_module_numbers_its_styles(base, photo):
    by_number = kunster.load(random_network(THREE), engine="onnxruntime")
    by_name = kunster.load(base, engine="onnxruntime")
    assert by_number.styles == ("0", "1", "2")
    assert (by_number.mix({"2": 1})(photo) == by_name.mix({"mine": 1})(photo)).all()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "which of scream, udnie, mine? --style NAME says"),
        (("--style", "scram"), "--style scram: not in this network; did you mean scream"),
        (("--style", "mine:-1"), "weights 0 0 -1: must be numbers from 0 up"),
        (("--style", "mine:0"), "not all 0"),
        (("--style", "mine,mine:2"), "mine is there twice"),
        (("--style", "mine:much"), "much is no number"),
    ],
)
def test_no_style_or_one_that_is_none_gets_a_line(base, photo, tmp_path, capsys, words, said):
    assert run(base, *words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert [each.name for each in tmp_path.iterdir()] == ["in.png"]


def test_a_network_of_one_style_has_none_to_choose(photo, model, capsys):
    assert run(model, "--style", "scream") == 2
    assert "this network paints one style alone, scream" in capsys.readouterr().err
    with pytest.raises(UserError, match="there is nothing to mix"):
        kunster.load(model).mix({"scream": 1})


def test_python_says_what_there_is(base, photo):
    several = kunster.load(base, engine="onnxruntime")
    with pytest.raises(UserError, match="which of scream, udnie, mine"):
        several(photo)
    with pytest.raises(UserError, match="style=scram: not in this network"):
        several.mix({"scram": 1})


def stylize(base, source, out, *words):
    said = [source, out, "--model", str(base), "--engine", "onnxruntime", "--steady", "0"]
    return main([*said, "--size", "source", *words])


def test_a_film_goes_from_one_style_to_another(base, tmp_path, monkeypatch):
    """Its first and last pictures are those of the films of either style."""
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "film.mp4", [numbered(number) for number in range(9)])
    for name, words in {
        "scream": ("--style", "scream"),
        "mine": ("--style", "mine"),
        "both": ("--style-from", "scream", "--style-to", "mine"),
    }.items():
        assert stylize(base, "film.mp4", f"{name}.mp4", *words, "--quality", "0") == 0
    scream, mine, both = (np.stack(frames_of(f"{n}.mp4")) for n in ("scream", "mine", "both"))
    assert len(both) == 9
    assert np.abs(both[0].astype(int) - scream[0]).mean() < 1
    assert np.abs(both[-1].astype(int) - mine[-1]).mean() < 1
    assert np.abs(both[4].astype(int) - scream[4]).mean() > 3
    assert np.abs(both[4].astype(int) - mine[4]).mean() > 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--style-from", "scream"), "--style-from and --style-to: both are needed"),
        (("--style-to", "nobody", "--style-from", "mine"), "nobody: not in this network"),
        (("--style-to", "mine", "--style-from", "mine", "--style", "mine"), "not beside"),
        (("--style-from", "scream", "--style-to", "mine"), "for pictures --style takes a mixture"),
    ],
)
def test_a_way_that_cannot_be_gets_a_line(base, photo, tmp_path, capsys, words, said):
    assert run(base, *words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert [each.name for each in tmp_path.iterdir()] == ["in.png"]
