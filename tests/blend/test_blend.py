"""`kunster blend`: a file like any other, and a picture of the way with its figures."""

import json
import struct

import numpy as np
import pytest
import torch
from PIL import Image

from kunster.blend.__main__ import main
from kunster.blend.path import STOPS, figures_between, path_picture, stops_between
from kunster.data.style import open_style
from kunster.measures.distances import PAINTING_SIDE, distances
from kunster.measures.judge import load_judge
from kunster.networks.model_file import load_model, save_model
from kunster.networks.stylizer import stylize
from kunster.pictures.images import as_bytes, as_image

from ..random_networks import describe, random_network

A, B = describe(alpha=0.125, style="scream"), describe(alpha=0.125, style="mine")


@pytest.fixture
def files(tmp_path, monkeypatch):
    """a.safetensors, the run folder b, begun from the same weights, and others to go wrong with."""
    monkeypatch.chdir(tmp_path)
    network = random_network(A)
    save_model(network, A, tmp_path / "a.safetensors")
    for parameter in network.parameters():
        parameter += 0.02 * torch.randn_like(parameter)
    save_model(network, B, tmp_path / "b" / "perceptual" / "model.safetensors")
    save_model(random_network(B, seed=9), B, tmp_path / "stranger.safetensors")
    save_model(random_network(describe()), describe(), tmp_path / "wide.safetensors")
    return tmp_path


def test_the_file_is_a_network_that_says_what_is_in_it(files, capsys):
    models = ["a.safetensors", str(files / "b")]
    assert main([*models, "--weights", "3", "1", "--out", "new/ab.safetensors"]) == 0
    printed = capsys.readouterr()
    assert printed.out == "new/ab.safetensors  0.75 scream + 0.25 mine\n"
    assert printed.err == ""
    found, description = load_model(files / "new" / "ab.safetensors")
    assert description == describe(alpha=0.125, style="0.75 scream + 0.25 mine")
    first, _ = load_model(files / "a.safetensors")
    second, _ = load_model(files / "b" / "perceptual" / "model.safetensors")
    for name, tensor in found.state_dict().items():
        expected = 0.75 * first.state_dict()[name] + 0.25 * second.state_dict()[name]
        torch.testing.assert_close(tensor, expected)
    content = (files / "new" / "ab.safetensors").read_bytes()
    header = json.loads(content[8 : 8 + struct.unpack("<Q", content[:8])[0]])
    said = " ".join(header["__metadata__"].values())
    assert "/" not in said
    assert "safetensors" not in said


def test_all_of_one_network_is_that_network(files):
    models = {"a.safetensors": ["1", "0"], "b/perceptual/model.safetensors": ["0", "1"]}
    for name, weights in models.items():
        out = files / "out.safetensors"
        assert (
            main(["a.safetensors", "b", "--weights", *weights, "--out", str(out), "--overwrite"])
            == 0
        )
        (found, description), (network, original) = load_model(out), load_model(files / name)
        assert description == original
        for key, tensor in network.state_dict().items():
            assert torch.equal(found.state_dict()[key], tensor), key


def test_the_picture_of_the_way(files, capsys):
    (files / "photos").mkdir()
    Image.effect_noise((112, 80), 60).save(files / "photos" / "noise.png")
    models = ["a.safetensors", "b", "stranger.safetensors"]
    assert main([*models, "--strip", "way.png", "--photos", "photos"]) == 0
    printed = capsys.readouterr()
    rows = [line.split() for line in printed.out.splitlines()]
    assert rows[0] == ["a.safetensors", "→", "b"]
    assert rows[1] == ["share", "to", "scream", "to", "mine", "content"]
    assert [row[0] for row in rows[2:7]] == ["0.00", "0.25", "0.50", "0.75", "1.00"]
    assert [row[2] for row in rows[2:7]] == ["–"] * 5  # of that style there are no Gram matrices
    assert "a.safetensors and stranger.safetensors were not trained from the same" in printed.err
    assert printed.err.count("\n") == 1
    width, height = Image.open("way.png").size
    assert width == 5 * 224 + 4 * 6  # so small a photo is doubled
    assert height == 2 * (160 + 22) + 6


def test_the_ends_of_the_way_are_the_networks_and_their_distances(files):
    one = load_model(files / "a.safetensors")
    other = load_model(files / "b" / "perceptual" / "model.safetensors")
    photo = np.random.default_rng(0).integers(0, 256, (96, 128, 3), np.uint8)
    stops = stops_between(one, other)
    judge = load_judge()
    targets = judge.style_targets(open_style("scream", PAINTING_SIDE).painting)
    found = figures_between(stops, ("scream", "scream"), judge, [photo])
    assert [stop.share for stop in stops] == list(STOPS)
    for figures, (network, _) in ((found[0], one), (found[-1], other)):
        (alone,) = distances([lambda x, n=network: stylize(n, x)], judge, targets, [photo])
        assert figures.to_first == figures.to_second == pytest.approx(alone.style)
        assert figures.content == pytest.approx(alone.content)
    sheet = path_picture([stops], photo)
    for place, network in ((slice(None, 128), one[0]), (slice(-128, None), other[0])):
        painted = as_bytes(stylize(network, as_image(photo))[0])
        np.testing.assert_array_equal(sheet[-96:, place], painted)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["a.safetensors", "wide.safetensors", "--out", "o.safetensors"], "only networks of one"),
        (["a.safetensors", "--out", "o.safetensors"], "blend what? Give two different models"),
        (["b", "b", "--out", "o.safetensors"], "blend what? Give two different models"),
        (["a.safetensors", "b"], "to where? --out mixed.safetensors, or --strip"),
        (["a.safetensors", "b", "--out", "o.onnx"], "--out o.onnx: must end in .safetensors"),
        (["a.safetensors", "b", "--strip", "o.gif"], "--strip o.gif: must end in .png or .jpg"),
        (["a.safetensors", "none", "--out", "o.safetensors"], "none: no such file, run folder"),
        (
            ["a.safetensors", "b", "--weights", "1", "--out", "o.safetensors"],
            "--weights: 1 for 2 models; give one each",
        ),
        (
            ["a.safetensors", "b", "--weights", "1", "-1", "--out", "o.safetensors"],
            "--weights -1: must be a number, 0 or more",
        ),
        (
            ["a.safetensors", "b", "--strip", "o.png", "--limit", "0"],
            "--limit 0: must be a whole number, 1 or more",
        ),
        (
            ["a.safetensors", "b", "--strip", "o.png", "--photos", "none"],
            "none: no such folder of photos",
        ),
    ],
)
def test_what_cannot_be_ends_with_2_and_one_line(files, capsys, words, complaint):
    before = sorted(files.iterdir())
    assert main(words) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1
    assert sorted(files.iterdir()) == before
