"""Each term is its pure function of a step, and a loss is their weighted sum."""

import math

import pytest
import torch

from kunster.data.style import OpenStyle
from kunster.errors import UserError
from kunster.losses.features import Architecture, PerceptualNetwork, Weights
from kunster.losses.grid import grid_power
from kunster.losses.objective_loss import ObjectiveLoss
from kunster.losses.perceptual import content_loss, style_loss, total_variation
from kunster.losses.temporal import feature_loss, output_loss
from kunster.losses.terms import (
    Content,
    FeatureConsistency,
    Grid,
    OutputConsistency,
    Pairs,
    Step,
    Style,
    Term,
    TotalVariation,
)

FIRST, SECOND = LAYERS = ("relu1_1", "relu2_1")


@pytest.fixture
def perceptual():
    torch.manual_seed(0)
    convolutions = {
        "conv1_1": (torch.randn(4, 3, 3, 3) / 3, torch.randn(4) / 4),
        "conv2_1": (torch.randn(5, 4, 3, 3) / 4, torch.randn(5) / 4),
    }
    architecture = Architecture((1, 1), LAYERS, SECOND)
    return PerceptualNetwork(Weights(architecture, convolutions, (0.5, 0.4, 0.3), {}))


@pytest.fixture
def painting(perceptual):
    picture = torch.rand(1, 3, 16, 16)
    return OpenStyle(perceptual.style_targets(picture), picture[0], {}, LAYERS, picture)


@pytest.fixture
def step(perceptual):
    photos, stylized = torch.rand(2, 2, 3, 16, 24).unbind()
    before, after = (
        dict(zip(LAYERS, perceptual.features(each, LAYERS), strict=True))
        for each in (photos, stylized)
    )
    pairs = Pairs(
        torch.rand(1, 2, 3, 16, 24),
        torch.rand(1, 2, 3, 16, 24),
        torch.rand(1, 2, 5, 4, 6),
        torch.rand(1, 2, 16, 24),
        torch.rand(1, 16, 24) > 0.2,
    )
    return Step(stylized, perceptual, before, after, pairs)


def test_each_is_its_function(perceptual, painting, step):
    photos, pairs = torch.rand(2, 3, 16, 24), step.pairs
    along = (pairs.flow, pairs.non_occluded)
    change = step.features[FIRST] - step.photo_features[FIRST]
    energy = perceptual.energy(photos, FIRST)
    grams = [perceptual.style_gram(step.features[layer], layer) for layer in LAYERS]
    expected = {
        Content(1, FIRST): content_loss(change, energy, perceptual.metric(FIRST)),
        Style(1): style_loss(grams, painting.targets),
        Style(1, [SECOND]): style_loss(grams[1:], painting.targets[1:]),
        TotalVariation(1): total_variation(step.stylized),
        Grid(1): grid_power(step.stylized),
        OutputConsistency(1): output_loss(pairs.stylized, pairs.frames, *along),
        OutputConsistency(1, luminance=False): output_loss(pairs.stylized, None, *along),
        FeatureConsistency(1): feature_loss(pairs.encoded, *along, lambda value: value),
    }
    for term, value in expected.items():
        term.prepare(perceptual, painting, photos)
        torch.testing.assert_close(term(step), value)


class Raises(Term):
    def forward(self, step):
        raise RuntimeError("computed")


def test_a_term_of_weight_0_is_not_computed_and_the_order_is_nothing(perceptual, painting, step):
    photos = torch.rand(2, 3, 16, 24)
    found = []
    for order in (1, -1):
        terms = {"content": Content(3), "style": Style(5), "tv": TotalVariation(7), "no": Raises(0)}
        terms = dict(list(terms.items())[::order])
        found.append(ObjectiveLoss(terms, perceptual, painting, photos)(photos, step.stylized))
    assert found[0]["no"] == 0
    torch.testing.assert_close(found[0], found[1])
    weighted = 3 * found[0]["content"] + 5 * found[0]["style"] + 7 * found[0]["tv"]
    torch.testing.assert_close(found[0]["loss"], weighted)
    with pytest.raises(RuntimeError, match="computed"):
        ObjectiveLoss({"no": Raises(1)}, perceptual, painting, photos)(photos, step.stylized)


@pytest.mark.parametrize("weight", [-1.0, math.nan])
@pytest.mark.parametrize("kind", [Content, Style, TotalVariation, Grid, OutputConsistency])
def test_a_weight_below_0_is_refused(kind, weight):
    with pytest.raises(UserError, match=f"^weight={weight:g}: must be 0 or more$"):
        kind(weight)


def test_the_paintings_weight_multiplies():
    assert Style(2, painting_weight=3).weight == 6


def test_shipped_targets_have_the_layers_they_have(perceptual, painting):
    shipped = painting._replace(targets=painting.targets[:1], layers=(FIRST,), painting=None)
    Style(1, [FIRST]).prepare(perceptual, shipped, torch.rand(1, 3, 16, 16))
    with pytest.raises(UserError, match=r"layers relu2_1: the shipped targets have relu1_1; .*"):
        Style(1, [SECOND]).prepare(perceptual, shipped, torch.rand(1, 3, 16, 16))


def test_a_temporal_term_needs_pairs(step, perceptual):
    alone = Step(step.stylized, perceptual, {}, {})
    for term in (OutputConsistency(1), FeatureConsistency(1)):
        with pytest.raises(UserError, match="belongs to stage 2"):
            term(alone)
