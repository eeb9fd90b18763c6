"""A network to begin from: files of ours and of other tools, whose pictures stay the same."""

import hashlib

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from kunster.assets.trained import find_trained
from kunster.errors import UserError
from kunster.networks.model_file import load_model, save_model
from kunster.networks.start import load_start

from ..random_networks import describe, random_network

JOHNSON = {"kind": "johnson", "alpha": None, "beta": None, "layout": None}


def with_old_statistics(state):
    """As files of 2017 and 2018 hold them."""
    norms = [name.removesuffix(".weight") for name in state if ".weight" in name and "in" in name]
    old = {f"{norm}.running_mean": torch.full((7,), 5.0) for norm in norms}
    old |= {f"{norm}.running_var": torch.full((7,), 5.0) for norm in norms}
    return state | old | {f"{norm}.num_batches_tracked": torch.tensor(3) for norm in norms}


def in_lightning(state):
    """Beside the network of the losses, the epoch and the optimizer's moments."""
    return {
        "epoch": 2,
        "state_dict": {f"model.net.{name}": tensor for name, tensor in state.items()}
        | {"vgg.0.weight": torch.zeros(64, 3, 3, 3), "vgg.0.bias": torch.zeros(64)},
        "optimizer_states": [{"state": {0: {"exp_avg": torch.zeros(32, 3, 9, 9)}}}],
    }


@pytest.mark.parametrize(
    "wrapped",
    [
        dict,
        with_old_statistics,
        in_lightning,
        lambda state: {f"module.{name}": tensor for name, tensor in state.items()},
        lambda state: {"args": {"lr": 1e-3}, "model": {"network": state}},
        lambda state: dict(sorted(state.items(), key=lambda item: "in" in item[0])),  # norms last
    ],
)
def test_the_network_of_fast_neural_style_gives_the_same_pictures(
    theirs, pictures, tmp_path, wrapped
):
    path = tmp_path / "candy.pth"
    torch.save(wrapped(theirs.state_dict()), path)
    network, record = load_start(path, describe(**JOHNSON), pictures)
    assert torch.allclose(network(pictures), theirs(255 * pictures) / 255, atol=1e-4)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert record == {
        "name": "start",
        "source": str(path),
        "sha256": digest,
        "value_range": "255",
    }
    assert network.training
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_safetensors_keep_no_order_but_names(theirs, pictures, tmp_path):
    save_file(theirs.state_dict(), tmp_path / "candy.safetensors")
    network, _ = load_start(tmp_path / "candy.safetensors", describe(**JOHNSON), pictures)
    assert torch.allclose(network(pictures), theirs(255 * pictures) / 255, atol=1e-4)


def test_safetensors_list_decoders_before_encoders(network, description, pictures, tmp_path):
    save_file(network.state_dict(), tmp_path / "other.safetensors")  # without our metadata
    loaded, _ = load_start(tmp_path / "other.safetensors", description, pictures, 1)
    assert torch.equal(loaded(pictures), network(pictures))


def test_what_is_stated_is_not_looked_for(theirs, pictures, tmp_path):
    torch.save(theirs.state_dict(), tmp_path / "candy.model")
    for stated, expected in ((1, theirs(pictures)), ("255", theirs(255 * pictures) / 255)):
        network, record = load_start(
            tmp_path / "candy.model", describe(**JOHNSON), pictures, stated
        )
        assert torch.allclose(network(pictures), expected, atol=1e-4, rtol=1e-4)
        assert record["value_range"] == str(stated)


def layer(inputs, outputs, kernel, stride=1):
    return [nn.ReflectionPad2d(kernel // 2), nn.Conv2d(inputs, outputs, kernel, stride)]


def normed(*sizes):
    return [*layer(*sizes), nn.InstanceNorm2d(sizes[1], affine=True)]


class Sum(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


def test_a_reconet_takes_minus_one_to_one_and_gives_tanh(pictures, tmp_path):
    torch.manual_seed(0)
    blocks = (Sum(*normed(192, 192, 3), nn.ReLU(), *normed(192, 192, 3)) for _ in range(4))
    encoder = nn.Sequential(
        *(*normed(3, 48, 9), nn.ReLU(), *normed(48, 96, 3, 2), nn.ReLU()),
        *(*normed(96, 192, 3, 2), nn.ReLU(), *blocks),
    )
    decoder = nn.Sequential(
        *(nn.Upsample(scale_factor=2), *normed(192, 96, 3), nn.ReLU()),
        *(nn.Upsample(scale_factor=2), *normed(96, 48, 3), nn.ReLU()),
        *(*layer(48, 3, 9), nn.Tanh()),
    )
    theirs = nn.Sequential(encoder, decoder).requires_grad_(False)
    torch.save(theirs.state_dict(), tmp_path / "reconet.pth")
    network, record = load_start(
        tmp_path / "reconet.pth", describe(**JOHNSON | {"kind": "reconet"}), pictures
    )
    assert torch.allclose(network(pictures), (theirs(2 * pictures - 1) + 1) / 2, atol=1e-4)
    assert record["value_range"] == "signed"


@pytest.mark.parametrize("name", ["model.safetensors", "last.ckpt"])
def test_our_own_of_another_style(network, description, pictures, tmp_path, name):
    save_model(network, description, tmp_path / "model.safetensors")
    state = {f"network.{key}": tensor for key, tensor in network.state_dict().items()}
    checkpoint = {"state_dict": state, "description": description.to_metadata()}
    torch.save(checkpoint, tmp_path / "last.ckpt")
    udnie = describe(norm=description.norm, style="udnie")
    loaded, record = load_start(tmp_path / name, udnie, pictures)
    assert torch.equal(loaded(pictures), network(pictures))
    assert record["value_range"] == "1"


def test_dilation_changes_what_weights_reach_and_not_the_weights(pictures, tmp_path):
    plain = random_network(describe())
    save_model(plain, describe(), tmp_path / "m.safetensors")
    dilated = describe(kind="dilated")
    loaded, _ = load_start(tmp_path / "m.safetensors", dilated, pictures)
    assert not torch.equal(loaded(pictures), plain(pictures))
    save_model(loaded, dilated, tmp_path / "d.safetensors")
    again, _ = load_start(tmp_path / "d.safetensors", describe(), pictures)
    assert torch.equal(again(pictures), plain(pictures))
    with pytest.raises(UserError, match=r"network=dilated alpha=0.25 .* not the .* alpha=0.125"):
        load_start(tmp_path / "m.safetensors", describe(kind="dilated", alpha=0.125), pictures)


def test_styles_begin_from_their_own_norms_or_from_the_nearest(pictures, tmp_path):
    several = describe(kind="multistyle")
    base = random_network(several)
    save_model(base, several, tmp_path / "base.safetensors")

    def nearest(style, networks):
        assert (style, list(networks)) == ("new", ["scream", "udnie", "mine"])
        return "mine"

    def begun(**changes):
        asked = describe(**changes)
        return load_start(tmp_path / "base.safetensors", asked, pictures, nearest=nearest)

    def painted(network, *shares):
        return network.eval().mix(torch.tensor([shares]))(pictures)

    mine = painted(base, 0.0, 0, 1)
    plain, record = begun(kind="dilated", style="new")
    assert torch.equal(plain.eval()(pictures), mine)
    assert record["from"] == "mine"
    others, record = begun(kind="multistyle", styles=("new", "scream"))
    assert torch.equal(painted(others, 1.0, 0), mine)
    assert torch.equal(painted(others, 0.0, 1), painted(base, 1.0, 0, 0))
    assert record["from"] == "mine,scream"


def test_each_of_several_styles_begins_as_a_plain_network(pictures, tmp_path):
    plain = random_network(describe(kind="dilated"))
    save_model(plain, describe(kind="dilated"), tmp_path / "m.safetensors")
    both, _ = load_start(
        tmp_path / "m.safetensors", describe(kind="multistyle", styles=("a", "b")), pictures
    )
    for shares in torch.eye(2):
        assert torch.equal(both.eval().mix(shares[None])(pictures), plain(pictures))


def test_a_style_that_ships_goes_by_its_name(pictures):
    shipped = find_trained("udnie:8")
    network, record = load_start("udnie:8", load_model(shipped)[1], pictures)
    expected = load_model(shipped)[0]
    torch.testing.assert_close(network.eval()(pictures), expected(pictures))
    assert record["source"] == str(shipped)
