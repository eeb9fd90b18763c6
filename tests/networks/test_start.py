import hashlib

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from kunster.assets.trained import find_trained
from kunster.errors import UserError
from kunster.networks.model_file import load_model, save_model
from kunster.networks.start import load_start

from ..random_networks import describe, random_network
from .fast_neural_style import TransformerNet

JOHNSON = {"kind": "johnson", "alpha": None, "beta": None, "layout": None}


@pytest.fixture(scope="module")
def pictures(photos) -> torch.Tensor:
    resized = [torch.from_numpy(photo).permute(2, 0, 1)[None] / 255 for photo in photos]
    return torch.cat([F.interpolate(photo, (48, 64), mode="area") for photo in resized])


@pytest.fixture(scope="module")
def theirs(pictures) -> TransformerNet:
    """Random, but its outputs on photographs have the mean and contrast of a picture."""
    torch.manual_seed(3)
    network = TransformerNet().requires_grad_(False).eval()
    for parameter in network.parameters():
        if parameter.ndim == 1:
            parameter += 0.2 * torch.randn_like(parameter)
    outputs = network(255 * pictures)
    last, gain = network.deconv3.conv2d, 50 / outputs.std()
    last.weight.mul_(gain)
    last.bias.sub_(outputs.mean()).mul_(gain).add_(110)
    return network


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


def test_our_own_of_another_architecture(pictures, tmp_path):
    description = describe(alpha=0.125)
    save_model(random_network(description), description, tmp_path / "m.safetensors")
    says = r"m\.safetensors: holds network=kunster alpha=0.125 .* not the .* alpha=0.25 beta=0.5"
    with pytest.raises(UserError, match=says):
        load_start(tmp_path / "m.safetensors", describe(), pictures)


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


def test_a_style_that_ships_goes_by_its_name(pictures):
    shipped = find_trained("udnie:8")
    network, record = load_start("udnie:8", load_model(shipped)[1], pictures)
    expected = load_model(shipped)[0]
    torch.testing.assert_close(network.eval()(pictures), expected(pictures))
    assert record["source"] == str(shipped)


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
