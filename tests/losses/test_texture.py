import pytest
import torch

from kunster.errors import UserError
from kunster.losses.features import Architecture, PerceptualNetwork, Weights
from kunster.losses.perceptual import style_loss
from kunster.losses.texture import colour_gram, colour_loss, synthesize


@pytest.fixture(scope="module")
def network():
    """Random filters: their Gram matrices already describe texture (Ustyuzhaninov et al. 2016)."""
    generator = torch.Generator().manual_seed(0)
    architecture = Architecture((1, 1), ("relu1_1", "relu2_1"), "relu2_1")
    convolutions = {
        "conv1_1": (torch.randn(8, 3, 3, 3, generator=generator) / 5, torch.zeros(8)),
        "conv2_1": (torch.randn(12, 8, 3, 3, generator=generator) / 8, torch.zeros(12)),
    }
    return PerceptualNetwork(Weights(architecture, convolutions, (0.5, 0.5, 0.5)))


@pytest.fixture(scope="module")
def painting():
    """Soft diagonal waves of orange on blue, (1, 3, 64, 64)."""
    rows, columns = torch.meshgrid(torch.arange(64), torch.arange(64), indexing="ij")
    stripes = 0.5 + 0.5 * torch.sin((rows + columns) * torch.pi / 16)
    orange, blue = torch.tensor([0.9, 0.5, 0.1]), torch.tensor([0.1, 0.2, 0.6])
    return torch.lerp(blue[:, None, None], orange[:, None, None], stripes)[None]


def style_distance(network, picture, targets):
    maps = network.features(picture[None], network.style_layers)
    grams = [
        network.style_gram(m, layer) for m, layer in zip(maps, network.style_layers, strict=True)
    ]
    return style_loss(grams, targets).item()


def synthesized(network, painting, steps=60, seed=0, **options):
    targets = {64: network.style_targets(painting)}
    return synthesize(network, targets, (64, 72), steps, seed, **options)


def test_colour_gram_of_half_black_half_white():
    picture = torch.zeros(1, 3, 4, 6)
    picture[..., 3:] = 1
    expected = torch.full((4, 4), 0.5)
    expected[0, 0] = 1
    torch.testing.assert_close(colour_gram(picture)[0], expected)


def test_colour_gram_holds_mean_and_covariance():
    pixels = torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(2))
    moments = colour_gram(pixels)[0]
    flat = pixels[0].flatten(1)
    torch.testing.assert_close(moments[0, 1:], flat.mean(1))
    covariance = moments[1:, 1:] - torch.outer(moments[0, 1:], moments[0, 1:])
    torch.testing.assert_close(covariance, torch.cov(flat, correction=0))


def test_colour_loss_counts_every_direction_alike():
    pixels = torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(3))
    target = colour_gram(pixels)[0]
    assert colour_loss(target[None], target).item() < 1e-10
    # T^-½ (1.5 T) T^-½ - 1 is half the identity: 4 · 0.25 / 4
    torch.testing.assert_close(colour_loss(1.5 * target[None], target), torch.tensor(0.25))


def test_colour_loss_of_a_painting_in_one_colour_is_finite():
    grey = colour_gram(torch.full((1, 3, 8, 8), 0.5))
    assert colour_loss(grey, grey[0]).item() < 1e-6


def test_style_falls_a_thousandfold_against_noise(network, painting):
    targets, colours = network.style_targets(painting), colour_gram(painting)[0]
    noise = synthesized(network, painting, steps=1, colours=colours)
    texture = synthesized(network, painting, colours=colours)
    before, after = (style_distance(network, picture, targets) for picture in (noise, texture))
    assert after < before / 1000


def test_picture_has_the_size_asked_for_and_the_paintings_colours(network, painting):
    texture = synthesized(network, painting, colours=colour_gram(painting)[0])
    assert texture.shape == (3, 64, 72)
    assert texture.min() >= 0
    assert texture.max() <= 1
    torch.testing.assert_close(texture.mean((1, 2)), painting.mean((0, 2, 3)), atol=0.02, rtol=0)


def test_colour_statistics_find_the_hue_that_gram_matrices_leave_open(network, painting):
    def error(**options):
        texture = synthesized(network, painting, **options)
        return (texture.mean((1, 2)) - painting.mean((0, 2, 3))).norm()

    assert error(colours=colour_gram(painting)[0]) < error() / 3


def test_a_seed_is_a_picture(network, painting):
    first, again = (synthesized(network, painting, steps=8, seed=5) for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, synthesized(network, painting, steps=8, seed=6))


def test_coarse_to_fine_ends_at_the_largest_scale(network, painting):
    small = torch.nn.functional.interpolate(painting, (32, 32), mode="area")
    targets = {64: network.style_targets(painting), 32: network.style_targets(small)}
    texture = synthesize(network, targets, (64, 96), 30, 0, colour_gram(painting)[0])
    assert texture.shape == (3, 64, 96)
    assert style_distance(network, texture, targets[64]) < style_distance(
        network, texture, targets[32]
    )


@pytest.mark.parametrize(("size", "steps"), [((63, 64), 5), ((64, 64), 0)])
def test_what_cannot_be_synthesised_is_refused(network, painting, size, steps):
    with pytest.raises(UserError, match="sides start at 64"):
        synthesize(network, {64: network.style_targets(painting)}, size, steps, 0)
