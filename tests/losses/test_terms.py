"""Each term is its pure function of a step, and a loss is their weighted sum."""

import math

import pytest
import torch

from kunster.data.style import OpenStyle
from kunster.errors import UserError
from kunster.losses.grid import grid_power
from kunster.losses.objective_loss import ObjectiveLoss
from kunster.losses.palette import color_quantiles, palette_distance
from kunster.losses.perceptual import (
    content_loss,
    detail_weights,
    gram,
    light_loss,
    moments,
    style_loss,
    total_variation,
)
from kunster.losses.temporal import detail_energy, feature_loss, output_loss
from kunster.losses.term import Pairs, Step, Term
from kunster.losses.terms import (
    Content,
    FeatureConsistency,
    Grid,
    Light,
    OutOfRange,
    OutputConsistency,
    Palette,
    Style,
    TotalVariation,
)

FIRST, SECOND = LAYERS = ("relu1_1", "relu2_1")


@pytest.fixture
def painting(perceptual):
    picture = torch.rand(1, 3, 16, 16)
    return OpenStyle(picture, {})


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
    return Step(photos, stylized, before, after, pairs)


def test_each_is_its_function(perceptual, painting, step):
    photos, pairs = torch.rand(2, 3, 16, 24), step.pairs
    along = (pairs.flow, pairs.non_occluded)
    change = step.features[FIRST] - step.photo_features[FIRST]
    energy = perceptual.energy(photos, FIRST)
    grams = [gram(step.features[layer]) for layer in LAYERS]
    targets = painting.gram_matrices(perceptual, LAYERS)
    expected = {
        Content(1, FIRST): content_loss(change, energy),
        Content(1, FIRST, 2): content_loss(
            change * detail_weights(step.photo_features[FIRST], 2).sqrt(), energy
        ),
        Style(1): style_loss(grams, targets),
        Style(1, [SECOND]): style_loss(grams[1:], targets[1:]),
        Style(1, {FIRST: 2.0, SECOND: 0.5}): style_loss(grams, targets, (2.0, 0.5)),
        TotalVariation(1): total_variation(step.stylized),
        Light(1): light_loss(step.stylized, step.photos),
        Grid(1): grid_power(step.stylized),
        Palette(1): palette_distance(step.stylized, color_quantiles(painting.painting)).mean(),
        OutputConsistency(1): output_loss(pairs.stylized, pairs.frames, *along),
        OutputConsistency(1, luminance=False): output_loss(pairs.stylized, None, *along),
        OutputConsistency(1, False, by_detail=True): output_loss(pairs.stylized, None, *along)
        / (2 * detail_energy(pairs.stylized)),
        FeatureConsistency(1): feature_loss(pairs.encoded, *along),
    }
    for term, value in expected.items():
        term.prepare(perceptual, [painting], photos)
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
        found.append(ObjectiveLoss(terms, perceptual, [painting], photos)(photos, step.stylized))
    assert found[0]["no"] == 0
    torch.testing.assert_close(found[0], found[1])
    weighted = 3 * found[0]["content"] + 5 * found[0]["style"] + 7 * found[0]["tv"]
    torch.testing.assert_close(found[0]["loss"], weighted)
    with pytest.raises(RuntimeError, match="computed"):
        ObjectiveLoss({"no": Raises(1)}, perceptual, [painting], photos)(photos, step.stylized)


@pytest.mark.parametrize("weight", [-1.0, math.nan])
@pytest.mark.parametrize("kind", [Content, Style, TotalVariation, Grid, OutputConsistency])
def test_a_weight_below_0_is_refused(kind, weight):
    with pytest.raises(UserError, match=f"^weight={weight:g}: must be 0 or more$"):
        kind(weight)


def test_the_paintings_weight_multiplies():
    assert Style(2, painting_weight=3).weight == 6


def test_a_temporal_term_needs_pairs(step):
    alone = Step(step.photos, step.stylized, {}, {})
    for term in (OutputConsistency(1), FeatureConsistency(1)):
        with pytest.raises(UserError, match="belongs to stage 2"):
            term(alone)


def test_moments_of_noise_are_its_mean_and_its_covariance_over_channels():
    torch.manual_seed(0)
    mixing = torch.tensor([[1.0, 0.0], [0.5, 2.0]])
    noise = torch.randn(1, 2, 300, 300)
    features = torch.einsum("ij,bjhw->bihw", mixing, noise) + torch.tensor([3.0, -1]).view(2, 1, 1)
    mean, covariance = moments(features)
    torch.testing.assert_close(mean, torch.tensor([[3.0, -1.0]]), atol=0.03, rtol=0)
    expected = mixing @ mixing.T / 2  # over the channels as well
    torch.testing.assert_close(covariance[0], expected, atol=0.03, rtol=0)


def test_the_painting_has_its_own_moments(perceptual, painting):
    term = Style(1, statistics="moments")
    term.prepare(perceptual, [painting], painting.painting)
    maps = dict(zip(LAYERS, perceptual.features(painting.painting, LAYERS), strict=True))
    own = Step(painting.painting, painting.painting, maps, maps)
    assert term(own) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("statistics", ["gram", "moments"])
def test_photos_are_as_far_from_each_of_several_paintings(perceptual, painting, step, statistics):
    paintings = [painting, OpenStyle(0.2 * painting.painting, {}), OpenStyle(step.photos[:1], {})]
    term = Style(1, statistics=statistics)
    term.prepare(perceptual, paintings, step.photos)
    maps = dict(zip(LAYERS, perceptual.features(step.photos, LAYERS), strict=True))
    costs = [
        term(Step(step.photos, step.photos, maps, maps, styles=torch.full((2,), number)))
        for number in range(3)
    ]
    torch.testing.assert_close(torch.stack(costs), costs[0].expand(3))
    assert term.balance.mean() == pytest.approx(1)
    assert term.balance[1] < term.balance[0]


def test_layers_by_energy_weigh_as_raw_gram_matrices_do(perceptual, painting, step):
    targets = painting.gram_matrices(perceptual, LAYERS)
    """Relative distances times the painting's energies are raw distances over their sum."""
    term = Style(1, by_energy=True)
    term.prepare(perceptual, [painting], step.photos)
    grams = [gram(step.features[layer]) for layer in LAYERS]
    raw = sum(
        (ours - target).square().sum(dim=(1, 2)).mean()
        for ours, target in zip(grams, targets, strict=True)
    )
    energy = sum(target.square().sum() for target in targets)
    torch.testing.assert_close(term(step), raw / energy)


def test_light_is_kept_by_a_brighter_picture_and_lost_by_a_negative():
    photos = torch.rand(2, 3, 4, 4).repeat_interleave(8, -1).repeat_interleave(8, -2)
    assert light_loss(0.5 * photos + 0.3, photos) == pytest.approx(0, abs=1e-3)
    assert light_loss(1 - photos, photos) == pytest.approx(2, abs=1e-3)


def test_colours_beyond_the_screen_cost_their_squared_excess(step):
    stylized = torch.tensor([-0.5, 0.25, 1.0, 1.5]).expand(1, 3, 4, 4)
    beyond = Step(step.photos, stylized, {}, {})
    assert OutOfRange(1)(beyond) == pytest.approx((0.25 + 0.25) / 4)


def test_a_layer_at_half_size_is_that_of_the_smaller_picture(perceptual):
    pictures = torch.rand(2, 3, 16, 24)
    smaller = torch.nn.functional.avg_pool2d(pictures, 2)
    whole, half = perceptual.features(pictures, [SECOND, f"{SECOND}/2"])
    torch.testing.assert_close(whole, perceptual.features(pictures, [SECOND])[0])
    torch.testing.assert_close(half, perceptual.features(smaller, [SECOND])[0])
    with pytest.raises(UserError, match=r"layer relu2_1/x: must be relu4_1, relu4_1/2 for"):
        perceptual.features(pictures, [f"{SECOND}/x"])


def test_a_window_is_a_corner_of_the_picture_without_its_edge(perceptual):
    pictures = torch.rand(2, 3, 20, 24)
    name = f"{SECOND}@16"
    for turn, corner in enumerate((pictures[..., :16, :16], pictures[..., -16:, -16:])):
        (seen,) = perceptual.features(pictures, [name], turn)
        (expected,) = perceptual.features(corner, [SECOND])
        torch.testing.assert_close(seen, expected[..., 2:-2, 2:-2])
    (whole,) = perceptual.features(pictures, [name])  # a painting is looked at as a whole
    torch.testing.assert_close(whole, perceptual.features(pictures, [SECOND])[0])
    (larger,) = perceptual.features(pictures, [f"{SECOND}@48"], 0)
    torch.testing.assert_close(larger, whole[..., 2:-2, 2:-2])


def test_style_in_a_window_is_the_style_of_that_part(perceptual, painting, step):
    layers = [f"{SECOND}@12", f"{SECOND}/2", f"{FIRST}@12"]
    loss = ObjectiveLoss({"style": Style(1, layers)}, perceptual, [painting], step.photos)
    targets = perceptual.gram_targets(painting.painting, [SECOND, layers[1], FIRST])
    for turn in (0, 1):
        maps = perceptual.features(step.stylized, layers, turn)
        grams = [gram(each) for each in maps]
        found = loss(step.photos, step.stylized, turn)["style"]
        torch.testing.assert_close(found, style_loss(grams, targets))
