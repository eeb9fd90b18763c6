import pytest
import torch

from kunster.networks.rewriting import PixelStylizer

from ..random_networks import describe, random_network


def in_pixels(network, frames):
    return (network(frames / 255).clamp(0, 1) * 255).round()


def off_by(found, expected):
    """The largest difference, and how often there is one; rounding may fall either way."""
    error = (found - expected).abs()
    return error.max().item(), (error > 0).float().mean().item()


def frames_of(*size):
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (2, 3, *size), generator=generator).float()


@pytest.mark.parametrize("size", [(64, 64), (68, 100)])
def test_nothing_changes_but_the_range(network, size):
    network.decoder[-1].weight.mul_(10)  # outputs on both sides of [0, 1]
    frames = frames_of(*size)
    with torch.no_grad():
        found, expected = PixelStylizer(network)(frames), in_pixels(network, frames)
    assert (expected == 0).any()
    assert (expected == 255).any()
    assert off_by(found, expected)[0] <= 1
    assert off_by(found, expected)[1] < 1e-3


def test_nine_by_nine_ends_and_tanh():
    network = random_network(describe(kind="reconet", alpha=None, beta=None, layout=None))
    frames = frames_of(64, 72)
    with torch.no_grad():
        found, expected = PixelStylizer(network)(frames), in_pixels(network, frames)
    assert off_by(found, expected)[0] <= 1
    assert off_by(found, expected)[1] < 1e-3


def test_the_network_itself_stays_as_it_was(network):
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    PixelStylizer(network)
    after = network.state_dict()
    assert list(before) == list(after)
    assert all(torch.equal(before[name], after[name]) for name in before)


def multiplications(network, frames):
    """Products of all convolutions for one call."""
    counted = []

    def count(module, inputs, output):
        if isinstance(module, torch.nn.ConvTranspose2d):
            counted.append(inputs[0].numel() * module.weight[0].numel())
        else:
            counted.append(output.numel() * module.weight[0].numel())

    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d | torch.nn.ConvTranspose2d):
            module.register_forward_hook(count)
    with torch.no_grad():
        network(frames)
    return sum(counted)


def test_the_decoder_needs_less_than_half_of_the_products():
    network = random_network(describe(alpha=0.5, beta=0.75))
    features = torch.rand(1, 32, 32, 32)
    before = multiplications(network.decoder[:2], features)
    after = multiplications(PixelStylizer(network).network.decoder[:2], features)
    assert after == pytest.approx(before * 16 / 36, rel=0.15)  # and the edge it repeats
