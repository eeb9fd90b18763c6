"""The verb: a file that training takes, or one line about what cannot be."""

import re

import pytest
import torch
from torch.nn import functional as F

from kunster.networks.model_file import load_model, save_model
from kunster.networks.start import load_start
from kunster.prune.__main__ import main

from ..random_networks import describe, random_network

JOHNSON = {"kind": "johnson", "alpha": None, "beta": None, "layout": None}
FEW = ["--limit", "1", "--by", "scale"]


@pytest.fixture
def model(tmp_path):
    description = describe(beta=0.75, stage="temporal", style="mine")
    path = tmp_path / "model.safetensors"
    save_model(random_network(description), description, path)
    return path


def test_what_it_writes_is_where_training_begins(model, photos, capsys):
    assert main([str(model), "--to", "15", *FEW]) == 0
    path = model.with_name("pruned_a0.125_b0.5.safetensors")
    printed = capsys.readouterr().out
    assert "8/12/16 channels, 3 blocks, 3x3 ends, 19,899 parameters" in printed
    assert "4/6/8 channels, 2 blocks, 3x3 ends, 3,999 parameters" in printed
    assert "style.name=mine network=kunster alpha=0.125 beta=0.5 stages=[temporal]" in printed

    wanted = describe(alpha=0.125, beta=0.5, stage="temporal", style="mine")
    network, description = load_model(path)
    assert description == wanted
    picture = F.interpolate(torch.from_numpy(photos[0]).permute(2, 0, 1)[None] / 255, (64, 64))
    start, _ = load_start(path, wanted, picture)
    assert torch.equal(start(picture), network(picture))


def test_a_width_of_one_s_own_and_a_place_of_one_s_own(model, tmp_path):
    out = tmp_path / "new" / "narrow.safetensors"
    assert main([str(model), "--alpha", "0.1875", "--out", str(out), *FEW]) == 0
    network, description = load_model(out)
    assert (description.alpha, description.beta) == (0.1875, 0.75)
    assert [part[0].out_channels for part in network.encoder[:3]] == [6, 9, 12]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "no target: give --to 14, or --alpha and --beta"),
        (["--to", "16"], "--to 16: Table II has the ids 1 to 15"),
        (["--to", "14", "--alpha", "0.25"], "--to says alpha and beta by itself"),
        (["--to", "9"], "3 blocks, 3x3 ends are what is asked for; nothing to prune"),
        (["--to", "13"], "cannot be cut to 16/24/32 channels, 2 blocks, 3x3 ends: pruning adds"),
        (["--beta", "1"], "cannot be cut to 8/12/16 channels, 5 blocks, 9x9 ends: pruning adds"),
        (["--alpha", "0.1"], "alpha=0.1: 32, 48 and 64 times alpha must be whole numbers"),
        (["--alpha", "nan"], "alpha=nan"),
        (["--to", "14", "--limit", "0"], "--limit 0: must be 1 or more"),
        (["--to", "14", "--photos", "nowhere"], "nowhere: no such folder of photos"),
        (["--to", "14", "--out", "small.onnx"], "--out small.onnx: must end in .safetensors"),
    ],
)
def test_what_cannot_be_ends_with_2_and_one_line(model, capsys, words, complaint):
    before = sorted(model.parent.iterdir())
    assert main([str(model), *words]) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1
    assert sorted(model.parent.iterdir()) == before


def test_a_style_that_ships_goes_by_its_name_and_is_cut_into_the_current_folder(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert main(["scream:8", "--to", "14", *FEW]) == 0
    (written,) = tmp_path.iterdir()
    _, description = load_model(written)
    assert (description.style, description.stage) == ("scream", "temporal")
    assert (description.alpha, description.beta) == (0.25, 0.5)


def test_a_baseline_is_not_of_the_family(tmp_path, capsys):
    path = tmp_path / "johnson.safetensors"
    description = describe(**JOHNSON)
    save_model(random_network(description), description, path)
    assert main([str(path), "--to", "14"]) == 2
    assert re.search(
        r"johnson\.safetensors: network=johnson is not pruned", capsys.readouterr().err
    )
