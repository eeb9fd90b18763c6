"""Files that are no network to begin from: one line says why, and what would fit."""

import pytest
import torch

from kunster.errors import UserError
from kunster.networks.model_file import save_model
from kunster.networks.start import load_start

from ..random_networks import describe, random_network

JOHNSON = {"kind": "johnson", "alpha": None, "beta": None, "layout": None}


def test_our_own_of_another_architecture(pictures, tmp_path):
    description = describe(alpha=0.125)
    save_model(random_network(description), description, tmp_path / "m.safetensors")
    says = r"m\.safetensors: holds network=kunster alpha=0.125 .* not the .* alpha=0.25 beta=0.5"
    with pytest.raises(UserError, match=says):
        load_start(tmp_path / "m.safetensors", describe(), pictures)


def test_says_which_tensor_does_not_fit_and_what_would(theirs, pictures, tmp_path):
    torch.save(theirs.state_dict(), tmp_path / "candy.pth")
    says = (
        r"candy\.pth: tensor conv1\.conv2d\.weight has shape \(32, 3, 9, 9\) instead of "
        r"\(8, 3, 3, 3\) in network=kunster alpha=0.25 beta=0.5 .*; it fits network=johnson$"
    )
    with pytest.raises(UserError, match=says):
        load_start(tmp_path / "candy.pth", describe(), pictures)


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({"alpha": 1, "beta": 1}, "alpha=1 beta=1 layout=table2"),
        ({"alpha": 1, "beta": 1, "layout": "table1"}, "alpha=1 beta=1 layout=table1"),
        ({"alpha": 0.125, "beta": 0.75, "norm": "frn"}, "alpha=0.125 beta=0.75 .* norm=frn"),
    ],
)
def test_finds_which_of_ours_would_fit(pictures, tmp_path, changes, fits):
    torch.save(describe(**changes).build().state_dict(), tmp_path / "m.pt")
    with pytest.raises(UserError, match=f"it fits network=kunster {fits}"):
        load_start(tmp_path / "m.pt", describe(), pictures)


def without_a_bias(state):
    return {name: tensor for name, tensor in state.items() if name != "res2.conv1.conv2d.bias"}


def with_one_more(state):
    return state | {"head.weight": torch.zeros(9, 9)}


def not_finite(state):
    return state | {"in3.bias": torch.full((128,), torch.nan)}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without_a_bias, r"tensor res2\.conv1\.conv2d\.bias is missing in network=johnson$"),
        (with_one_more, r"tensor head\.weight \(9, 9\) has no place in network=johnson$"),
        (lambda state: {"mean": torch.zeros(3)}, r"tensor mean has shape \(3,\) instead of"),
        (not_finite, "holds values that are not numbers"),
        (lambda state: {"epoch": 3}, "holds no weights"),
        (lambda state: [*state.values()], "holds no weights"),
        (lambda state: {name: 1e4 * tensor for name, tensor in state.items()}, "start_range=auto"),
    ],
)
def test_files_that_are_no_stylizer_of_this_kind(theirs, pictures, tmp_path, change, says):
    torch.save(change(theirs.state_dict()), tmp_path / "m.pth")
    with pytest.raises(UserError, match=rf"m\.pth: .*{says}") as caught:
        load_start(tmp_path / "m.pth", describe(**JOHNSON), pictures)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["m.pth", "m.safetensors", "m.ckpt"])
def test_damaged_and_missing_files(pictures, tmp_path, name):
    with pytest.raises(UserError, match=f"{name}: no such file"):
        load_start(tmp_path / name, describe(), pictures)
    (tmp_path / name).write_bytes(b"PK\x03\x04 half a file")
    with pytest.raises(UserError, match=f"{name}: .*damaged"):
        load_start(tmp_path / name, describe(), pictures)


def test_a_range_that_is_none(pictures, tmp_path):
    with pytest.raises(UserError, match="start_range=256: must be one of auto, 1, 255"):
        load_start(tmp_path / "m.pth", describe(), pictures, 256)


def test_a_dictionary_that_holds_itself(pictures, tmp_path):
    content: dict = {"epoch": 1}
    content["again"] = content
    torch.save(content, tmp_path / "m.pth")
    with pytest.raises(UserError, match=r"m\.pth: holds no weights"):
        load_start(tmp_path / "m.pth", describe(), pictures)


@pytest.mark.parametrize("name", ["vgg/vgg19_16x_encoder_relu5_1.pth", "raft/raft-small.pth"])
def test_real_networks_that_are_no_stylizers(real, pictures, name):
    with pytest.raises(UserError, match=r"\.pth: tensor .* in network=johnson$"):
        load_start(real(*name.split("/")), describe(**JOHNSON), pictures)
