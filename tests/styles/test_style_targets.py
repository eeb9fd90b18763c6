"""`python -m kunster.styles.targets` and the styles that come with the package."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf
from PIL import Image

from kunster.data.paintings import load_painting
from kunster.data.style_targets import STYLES, StyleTargets
from kunster.losses import slim
from kunster.losses.features import Architecture, PerceptualNetwork, Weights
from kunster.run.configuration import register_resolvers
from kunster.styles import targets as style

CONF = Path(__file__).parents[2] / "conf" / "style"
FACTS = {  # title, painter, year, as the museums give them
    "scream": ("The Scream", "Edvard Munch", 1893),
    "starry_night": ("The Starry Night", "Vincent van Gogh", 1889),
    "great_wave": ("The Great Wave off Kanagawa", "Katsushika Hokusai", 1831),
    "composition_vii": ("Composition VII", "Wassily Kandinsky", 1913),
    "udnie": ("Udnie (Young American Girl, The Dance)", "Francis Picabia", 1913),
}


@pytest.fixture
def network(monkeypatch):
    """A tiny network of random filters in the place of the shipped one."""
    generator = torch.Generator().manual_seed(0)
    architecture = Architecture((1, 1), ("relu1_1", "relu2_1"), "relu2_1")
    convolutions = {
        "conv1_1": (torch.randn(4, 3, 3, 3, generator=generator) / 5, torch.zeros(4)),
        "conv2_1": (torch.randn(6, 4, 3, 3, generator=generator) / 6, torch.zeros(6)),
    }
    source = {"name": "slim", "source": "a test", "sha256": "5" * 64}
    tiny = PerceptualNetwork(Weights(architecture, convolutions, (0.5, 0.5, 0.5), source=source))
    monkeypatch.setattr(slim, "load_slim", lambda: tiny)
    monkeypatch.setattr(style, "SWATCH_SIDE", 64)
    monkeypatch.setattr(style, "SWATCH_STEPS", 3)
    return tiny


@pytest.fixture
def picture(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pixels = np.random.default_rng(0).integers(0, 256, (12, 15, 3), dtype=np.uint8)
    path = tmp_path / "mine.png"
    Image.fromarray(pixels).resize((300, 240), Image.Resampling.NEAREST).save(path)
    return path


def test_the_file_holds_the_pictures_gram_matrices(network, picture, capsys):
    credits = ["--title", "Squares", "--painter", "Anni", "--year", "1926"]
    assert style.main([str(picture), "--name", "mine", *credits]) == 0
    targets = StyleTargets.load(Path("mine.safetensors"))
    for scale in (256, 384, 512):
        expected = network.style_targets(load_painting(picture, scale))
        for ours, theirs in zip(targets.targets(scale, network), expected, strict=True):
            assert (ours - theirs).norm() < 1e-3 * theirs.norm()
    assert targets.metadata["title"] == "Squares"
    assert targets.metadata["year"] == "1926"
    assert targets.metadata["picture_size"] == "300x240"
    assert targets.metadata["picture_sha256"] == hashlib.sha256(picture.read_bytes()).hexdigest()
    assert targets.swatch().shape == (3, 64, 64)
    assert "style.targets=mine.safetensors" in capsys.readouterr().out


def test_no_swatch_leaves_it_out_and_out_names_the_file(network, picture):
    arguments = [str(picture), "--name", "mine", "--no-swatch", "--out", "there/other.safetensors"]
    assert style.main(arguments) == 0
    targets = StyleTargets.load(Path("there/other.safetensors"))
    assert targets.jpeg == b""
    assert targets.metadata["painter"] == "unknown"


def test_a_file_that_is_there_is_replaced_only_on_demand(network, picture, capsys):
    Path("mine.safetensors").write_text("precious")
    arguments = [str(picture), "--name", "mine", "--no-swatch"]
    assert style.main(arguments) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert Path("mine.safetensors").read_text() == "precious"
    assert style.main([*arguments, "--overwrite"]) == 0
    assert StyleTargets.load(Path("mine.safetensors")).metadata["name"] == "mine"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["none.png", "--name", "mine"], "none.png: no such file"),
        (["text.png", "--name", "mine"], "text.png: not a picture"),
        (["mine.png", "--name", "a/b"], "--name a/b"),
        (["mine.png", "--name", "mine", "--out", "mine.npz"], "must end in .safetensors"),
        (["mine.png", "--name", "mine", "--painter", ""], "painter="),
    ],
)
def test_what_the_user_can_mend_ends_with_2_and_a_line(
    network, picture, capsys, arguments, complaint
):
    Path("text.png").write_text("no picture")
    assert style.main(arguments) == 2
    printed = capsys.readouterr().err
    assert complaint in printed
    assert printed.count("\n") == 1
    assert not list(Path().glob("*.safetensors"))


def test_interrupted_ends_with_130_and_leaves_no_file(network, picture, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(style, "synthesize", interrupt)
    assert style.main([str(picture), "--name", "mine"]) == 130
    assert [path.name for path in Path().iterdir()] == ["mine.png"]


@pytest.mark.parametrize("name", FACTS)
def test_each_named_style_states_its_painting(name):
    register_resolvers()
    config = OmegaConf.load(CONF / f"{name}.yaml")
    assert config.name == name
    assert (config.title, config.painter, config.year) == FACTS[name]
    assert config.size in style.SCALES
    assert (config.image, config.targets) == (None, None)


def test_no_style_is_left_out_of_the_facts():
    assert {file.stem for file in CONF.glob("*.yaml")} == set(FACTS)


@pytest.mark.parametrize("name", FACTS)
def test_shipped_targets_say_the_same_as_the_configuration(name):
    path = STYLES / f"{name}.safetensors"
    if not path.is_file():
        pytest.skip(f"{path.name} is not made yet")
    targets = StyleTargets.load(path)
    title, painter, year = FACTS[name]
    credits = targets.metadata
    assert (credits["name"], credits["title"]) == (name, title)
    assert (credits["painter"], credits["year"]) == (painter, str(year))
    assert credits["licence"].startswith("public domain")
    assert path.stat().st_size < 160_000
    assert targets.scales == list(style.SCALES)
    assert targets.swatch().shape == (3, style.SWATCH_SIDE, style.SWATCH_SIDE)
    targets.targets(384, slim.load_slim())  # made with the perceptual network that ships
