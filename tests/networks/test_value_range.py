import pytest
import torch
from torch.nn import functional as F

from kunster.errors import UserError
from kunster.networks.value_range import RANGES, folded, found_range

from ..random_networks import describe, random_network

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)  # of ImageNet
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
INTO = {
    "1": lambda rgb: rgb,
    "255": lambda rgb: 255 * rgb,
    "signed": lambda rgb: 2 * rgb - 1,
    "imagenet": lambda rgb: (rgb - MEAN) / DEVIATION,
}
OUT_OF = {
    "1": lambda values: values,
    "255": lambda values: values / 255,
    "signed": lambda values: (values + 1) / 2,
    "imagenet": lambda values: values * DEVIATION + MEAN,
    "tanh150": lambda values: (150 * torch.tanh(values / 255) + 127.5) / 255,
}


@pytest.fixture(scope="module")
def pictures(photos) -> torch.Tensor:
    resized = [torch.from_numpy(photo).permute(2, 0, 1)[None] / 255 for photo in photos]
    return torch.cat([F.interpolate(photo, (48, 64), mode="area") for photo in resized])


@pytest.mark.parametrize("name", INTO)
def test_folding_is_exact_up_to_the_borders(network, pictures, name):
    expected = OUT_OF[name](network(INTO[name](pictures)))
    assert torch.allclose(folded(network, RANGES[name])(pictures), expected, atol=2e-4)


def test_folding_leaves_the_network_alone(network):
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    folded(network, RANGES["imagenet"])
    assert all(torch.equal(before[name], now) for name, now in network.state_dict().items())


def test_the_tanh_of_a_reconet_of_johnsons_layers_is_straight_in_its_middle(pictures):
    network = random_network(describe())
    network.decoder[-1].weight.mul_(60)
    network.decoder[-1].bias.fill_(10)
    expected = OUT_OF["tanh150"](network(RANGES["tanh150"].scale[0] * pictures))
    middle = (expected - 0.5).abs() < 0.1
    assert middle.float().mean() > 0.2
    stylized = folded(network, RANGES["tanh150"])(pictures)
    assert torch.allclose(stylized[middle], expected[middle], atol=2e-3)


@pytest.mark.parametrize("name", OUT_OF)
@pytest.mark.parametrize("mean", [0.3, 0.45, 0.65])
@pytest.mark.parametrize("deviation", [0.2, 0.24, 0.3])
def test_the_range_shows_in_the_outputs(pictures, name, mean, deviation):
    """Pictures dark and light, flat and hard, as a network of each range would give them."""
    network, values = random_network(describe()), RANGES[name]
    last = network.decoder[-1]
    outputs = network(pictures)
    last.weight.mul_(deviation / outputs.std())
    last.bias.sub_(outputs.mean()).mul_(deviation / outputs.std()).add_(mean)
    last.weight.mul_(torch.tensor(values.scale).view(3, 1, 1, 1))
    last.bias.mul_(torch.tensor(values.scale)).add_(torch.tensor(values.shift))
    assert found_range(network, pictures) == name


def test_outputs_of_no_known_range(pictures):
    network = random_network(describe())
    network.decoder[-1].bias.fill_(1e6)
    with pytest.raises(UserError, match=r"start_range=auto: .* 1, 255, signed, imagenet"):
        found_range(network, pictures)
