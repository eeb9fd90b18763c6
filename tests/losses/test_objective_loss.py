"""The objective against a formulation with plain layers and einsum."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from kunster.errors import UserError
from kunster.losses.features import Architecture, PerceptualNetwork, Weights
from kunster.losses.grid import grid_power
from kunster.networks.stylizer import kunster
from kunster.objectives.perceptual import PerceptualTerms
from kunster.objectives.stage import adam_by_fan_in, held, one_cycle

ARCHITECTURE = Architecture((1, 1), ("relu1_1", "relu2_1"), "relu2_1")
MEAN = (0.5, 0.4, 0.3)


@pytest.fixture
def perceptual():
    torch.manual_seed(0)
    convolutions = {
        "conv1_1": (torch.randn(4, 3, 3, 3) / 3, torch.randn(4) / 4),
        "conv2_1": (torch.randn(5, 4, 3, 3) / 4, torch.randn(5) / 4),
    }
    readouts = {"relu2_1": torch.randn(6, 5)}
    return PerceptualNetwork(Weights(ARCHITECTURE, convolutions, MEAN, readouts))


def plain_features(network, frames):
    """relu1_1, and relu2_1 as its readout maps it."""
    first = F.relu(
        F.conv2d(
            frames - torch.tensor(MEAN).view(3, 1, 1),
            network.conv1_1_weight,
            network.conv1_1_bias,
            padding=1,
        )
    )
    second = F.max_pool2d(first, 2)
    second = F.relu(F.conv2d(second, network.conv2_1_weight, network.conv2_1_bias, padding=1))
    return first, torch.einsum("kc,bchw->bkhw", network.readout("relu2_1"), second)


def plain_gram(mapped, channels):
    return torch.einsum("bihw,bjhw->bij", mapped, mapped) / (channels * mapped[0, 0].numel())


def test_terms_are_those_of_plain_layers(perceptual):
    photos, stylized, painting = (torch.rand(n, 3, 16, 20) for n in (2, 2, 1))
    terms = PerceptualTerms(
        perceptual,
        perceptual.style_targets(painting),
        perceptual.content_energy(photos),
        content_weight=3,
        style_weight=5,
        tv_weight=7,
    )(photos, stylized)
    before, after, wanted = (
        plain_features(perceptual, frames) for frames in (photos, stylized, painting)
    )
    content = (after[1] - before[1]).square().sum() / before[1].square().sum()
    style = 0
    for ours, theirs, channels in zip(after, wanted, (4, 5), strict=True):
        target = plain_gram(theirs, channels)[0]
        distances = (plain_gram(ours, channels) - target).flatten(1).norm(dim=1) / target.norm()
        style = style + distances.square().mean()
    tv = stylized.diff(dim=2).square().mean() + stylized.diff(dim=3).square().mean()
    for name, expected in (("content", content), ("style", style), ("tv", tv)):
        torch.testing.assert_close(terms[name], torch.as_tensor(expected), rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(terms["loss"], 3 * content + 5 * style + 7 * tv, rtol=1e-4, atol=0)


def objective(perceptual, **weights):
    chosen = {"content_weight": 1, "style_weight": 1, "tv_weight": 1, **weights}
    painting = torch.rand(1, 3, 16, 16)
    energy = perceptual.content_energy(painting)
    return PerceptualTerms(perceptual, perceptual.style_targets(painting), energy, **chosen)


def test_the_photo_has_lost_no_content_and_the_painting_no_style(perceptual):
    torch.manual_seed(1)
    terms = objective(perceptual)
    torch.manual_seed(1)
    painting = torch.rand(1, 3, 16, 16)
    found = terms(painting, painting)
    assert float(found["content"]) == pytest.approx(0, abs=1e-6)
    assert float(found["style"]) == pytest.approx(0, abs=1e-6)


def test_the_mirror_image_around_a_picture_counts_as_seen(perceptual):
    photos, stylized = (torch.rand(2, 3, 16, 20) for _ in range(2))
    plain, surrounded = objective(perceptual), objective(perceptual, surround=6)
    surrounded.energy = plain.energy
    for index in range(2):
        surrounded.get_buffer(f"target_{index}").copy_(plain.get_buffer(f"target_{index}"))
    larger = [F.pad(pictures, [6] * 4, mode="reflect") for pictures in (photos, stylized)]
    found, expected = surrounded(photos, stylized), plain(*larger)
    for name in ("content", "style"):
        torch.testing.assert_close(found[name], expected[name])
    assert float(found["tv"]) == pytest.approx(float(plain(photos, stylized)["tv"]))


def test_a_grid_counts_where_it_has_a_weight(perceptual):
    photos, stylized = (torch.rand(2, 3, 16, 24) for _ in range(2))
    torch.manual_seed(2)
    plain = objective(perceptual)
    torch.manual_seed(2)
    found, without = (
        objective(perceptual, grid_weight=50)(photos, stylized),
        plain(photos, stylized),
    )
    assert "grid" not in without
    torch.testing.assert_close(found["grid"], grid_power(stylized))
    torch.testing.assert_close(found["loss"] - without["loss"], 50 * found["grid"])


def test_a_surround_below_0_is_refused(perceptual):
    with pytest.raises(UserError, match="surround=-1: must be 0 or more pixels"):
        objective(perceptual, surround=-1)


@pytest.mark.parametrize("name", ["content_weight", "style_weight", "tv_weight", "grid_weight"])
@pytest.mark.parametrize("weight", [-1.0, math.nan])
def test_a_weight_below_0_is_refused(perceptual, name, weight):
    with pytest.raises(UserError, match=f"{name}={weight:g}: must be 0 or more"):
        objective(perceptual, **{name: weight})


def test_the_gradient_reaches_the_network_alone(perceptual):
    terms, network = objective(perceptual), nn.Conv2d(3, 3, 3, padding=1)
    photos = torch.rand(2, 3, 16, 16, requires_grad=True)
    terms(photos, network(photos.detach()))["loss"].backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in network.parameters())
    assert photos.grad is None
    assert list(terms.parameters()) == []
    assert not any(buffer.requires_grad for buffer in terms.buffers())


@pytest.mark.parametrize(
    ("alpha", "beta", "fan_in"),
    [
        (0.125, 0.5, 16 * 27),  # less, but no more than the rate asked for
        (0.25, 0.5, 16 * 27),
        (1.0, 0.75, 64 * 27),
        (0.25, 1.0, 8 * 729),
        (1, 1, 32 * 729),
    ],
)
def test_networks_that_sum_up_more_learn_at_a_lower_rate(alpha, beta, fan_in):
    optimizer = adam_by_fan_in(kunster(alpha, beta).parameters(), lr=0.012, eps=1e-6)
    (group,) = optimizer.param_groups
    assert group["lr"] == pytest.approx(0.012 * (432 / fan_in) ** 0.75)
    assert group["eps"] == 1e-6


def test_a_cycle_rises_to_the_rate_asked_for_and_falls_to_almost_nothing():
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.2)
    schedule, rates = one_cycle(optimizer, steps=100, warmup=0.25), []
    for _ in range(100):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    peak = rates.index(max(rates))
    assert max(rates) == pytest.approx(0.2, rel=1e-3)
    assert peak == pytest.approx(25, abs=1)
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[0] < 0.2 / 20
    assert rates[-1] < 0.2 / 500


def test_a_held_rate_rises_in_equal_steps_and_stays():
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.Adam([parameter], lr=0.5)
    schedule, rates = held(optimizer, steps=10, warmup=0.4), []
    for _ in range(10):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert rates == pytest.approx([0.125, 0.25, 0.375, *[0.5] * 7])
