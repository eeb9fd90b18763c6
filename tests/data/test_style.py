"""Styles: the paintings that ship and one's own."""

from pathlib import Path

import pytest
import torch
from omegaconf import OmegaConf
from PIL import Image

from kunster.assets.paintings import PAINTINGS
from kunster.data.style import open_style
from kunster.errors import UserError
from kunster.losses.vgg import load_vgg19
from kunster.run.configuration import register_resolvers

CONF = Path(__file__).parents[2] / "conf/style"


def test_every_configuration_of_a_style_has_its_painting():
    assert {file.stem for file in CONF.glob("*.yaml")} == {*PAINTINGS, "several"}


@pytest.mark.parametrize("painting", PAINTINGS.values(), ids=PAINTINGS)
def test_a_painting_that_ships_says_the_same_as_its_configuration(painting):
    register_resolvers()
    config = OmegaConf.load(CONF / f"{painting.name}.yaml")
    stated = (config.name, config.title, config.painter, config.year)
    assert stated == (painting.name, painting.title, painting.painter, painting.year)
    assert painting.licence.startswith("public domain")
    with Image.open(painting.path) as picture:
        assert (picture.format, min(picture.size)) == ("JPEG", 512)
    assert painting.path.stat().st_size <= 120_000


def test_a_style_is_its_painting_at_the_size_asked_for():
    style = open_style("scream", 128)
    _, _, height, width = style.painting.shape
    assert (width, height) == (128, 163)  # 91 by 73.5 centimetres
    assert style.record["source"] == "The Scream, Edvard Munch, 1893"
    vgg = load_vgg19()
    kept = vgg.style_targets(style.painting)
    for ours, theirs in zip(style.gram_matrices(vgg, vgg.style_layers), kept, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_a_picture_of_ones_own(tmp_path):
    Image.new("RGB", (96, 80), (255, 0, 0)).save(tmp_path / "red.png")
    style = open_style("red", 80, str(tmp_path / "red.png"))
    assert style.picture.shape == (3, 80, 96)
    assert style.picture.mean((1, 2)).tolist() == [1, 0, 0]


def test_the_part_of_a_painting_that_ships_is_not_that_of_ones_own():
    register_resolvers()
    config = OmegaConf.load(CONF / "great_wave.yaml")
    left, top, right, bottom = config.crop
    painting, part = open_style("great_wave", 384), open_style("great_wave", 384, crop=config.crop)
    height, width = painting.picture.shape[1:]
    assert part.picture.shape == (3, height - round(top * height), round(right * width))
    assert (left, bottom) == (0, 1)
    OmegaConf.resolve(config)
    config = OmegaConf.load(CONF / "great_wave.yaml")
    config.image = "mine.jpg"
    assert config.crop is None


def test_a_style_that_does_not_ship_is_refused_with_those_that_do():
    with pytest.raises(
        UserError,
        match=r"style=mine: no painting that ships; there are composition_vii, great_wave",
    ):
        open_style("mine", 384)


def test_a_picture_that_is_not_there_is_refused_in_a_line():
    with pytest.raises(UserError, match=r"/nowhere\.png"):
        open_style("mine", 384, "/nowhere.png")
