"""Blends by closed forms: the ends are the networks themselves, and what is linear stays so."""

import copy

import pytest
import torch

from kunster.errors import UserError
from kunster.networks.blending import (
    agreement,
    blend_description,
    blended,
    check_alike,
)
from kunster.networks.mixing import shares_of
from kunster.networks.model_file import with_weights

from ..random_networks import describe, random_network

SMALL = describe(alpha=0.125)


@pytest.fixture(scope="module")
def networks():
    return [random_network(SMALL, seed) for seed in range(3)]


def weights_of(networks):
    return [network.state_dict() for network in networks]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_network_with_all_of_the_share_comes_back_exactly(networks, place):
    shares = [float(number == place) for number in range(3)]
    found = blended(weights_of(networks), shares)
    for name, tensor in networks[place].state_dict().items():
        assert torch.equal(found[name], tensor), name


def test_between_them_every_weight_lies_on_a_straight_line(networks):
    first, second = weights_of(networks[:2])
    for share in (0.1, 0.25, 0.5, 0.9):
        found = blended([first, second], [1 - share, share])
        for name, tensor in found.items():
            line = first[name] + share * (second[name] - first[name])
            torch.testing.assert_close(tensor, line, rtol=1e-6, atol=1e-6)


def test_the_middle_of_three_is_their_mean(networks):
    found = blended(weights_of(networks), [1 / 3] * 3)
    for name, tensor in found.items():
        mean = torch.stack([weights[name] for weights in weights_of(networks)]).mean(dim=0)
        torch.testing.assert_close(tensor, mean)


def test_networks_that_differ_in_the_last_layer_alone_blend_as_their_pictures_do(networks):
    first, second = networks[0], copy.deepcopy(networks[0])
    second.decoder[-1].load_state_dict(networks[1].decoder[-1].state_dict())
    between = with_weights(SMALL, blended(weights_of([first, second]), [0.7, 0.3]))
    frames = torch.rand(1, 3, 64, 68)
    expected = 0.7 * first(frames) + 0.3 * second(frames)
    torch.testing.assert_close(between(frames), expected)


def test_shares_are_proportions():
    assert shares_of([1, 3]) == [0.25, 0.75]
    assert shares_of([0, 5]) == [0, 1]


@pytest.mark.parametrize("weights", [[0, 0], [-1, 2], [float("nan"), 1], [float("inf"), 1]])
def test_what_is_no_proportion_is_refused(weights):
    with pytest.raises(UserError, match=r"weights .*: must be numbers from 0 up"):
        shares_of(weights)


@pytest.mark.parametrize("norm", ["instance", "frn"])
def test_agreement_is_a_cosine(norm):
    network, stranger = (random_network(describe(norm=norm), seed) for seed in (0, 1))
    weights = network.state_dict()
    negative = {name: -tensor for name, tensor in weights.items()}
    assert agreement(weights, weights) == pytest.approx(1)
    assert agreement(weights, negative) == pytest.approx(-1)
    # of n random weights the cosine is about 1 / sqrt(n); there are more than 14,000
    assert abs(agreement(weights, stranger.state_dict())) < 5 / 14_000**0.5


@pytest.mark.parametrize(
    ("parts", "shares", "style", "stage"),
    [
        ([{"style": "a"}, {"style": "b"}], [0.7, 0.3], "0.7 a + 0.3 b", "perceptual"),
        ([{"style": "a"}, {"style": "b"}], [0, 1], "b", "perceptual"),
        ([{"style": "a"}] * 3, [1 / 3] * 3, "0.333 a + 0.333 a + 0.333 a", "perceptual"),
        (
            [{"style": "a"}, {"style": "a", "stage": "temporal"}],
            [0.5, 0.5],
            "0.5 a (perceptual) + 0.5 a (temporal)",
            "perceptual",
        ),
        (
            [{"style": "0.7 a + 0.3 b", "stage": "temporal"}, {"style": "c", "stage": "temporal"}],
            [0.5, 0.5],
            "0.5 (0.7 a + 0.3 b) + 0.5 c",
            "temporal",
        ),
    ],
)
def test_a_blend_says_what_is_in_it(parts, shares, style, stage):
    found = blend_description([describe(**part) for part in parts], shares)
    assert found == describe(style=style, stage=stage)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        (
            {"alpha": 0.5},
            "a is network=kunster alpha=0.25 beta=0.5 layout=table2 norm=instance, b ",
        ),
        ({"norm": "frn"}, "b is network=kunster alpha=0.25 beta=0.5 layout=table2 norm=frn"),
        ({"kind": "johnson", "alpha": None, "beta": None, "layout": None}, "b is network=johnson"),
    ],
)
def test_networks_of_two_layouts_are_both_named(changes, complaint):
    with pytest.raises(UserError, match="only networks of one layout") as raised:
        check_alike({"a": describe(), "b": describe(**changes)})
    assert complaint in str(raised.value)
