import pytest
import torch

from kunster.losses.palette import color_quantiles, palette_distance


@pytest.fixture
def painting():
    """White with a band of pure red: 16 by 32 squares of 4 pixels."""
    picture = torch.ones(1, 3, 64, 128)
    picture[:, 1:, :16] = 0
    return picture


def distance(picture, painting):
    return float(palette_distance(picture, color_quantiles(painting)))


def test_the_same_colours_elsewhere_are_no_distance(painting):
    assert distance(painting, painting) == pytest.approx(0, abs=1e-3)
    assert distance(painting.flip(-2).roll(8, -1), painting) == pytest.approx(0, abs=1e-3)
    assert distance(painting[..., 64:], painting) == pytest.approx(0, abs=5e-3)


def test_the_mean_colour_alone_is_1(painting):
    grey = painting.mean(dim=(-2, -1), keepdim=True).expand_as(painting)
    assert distance(grey, painting) == pytest.approx(1, rel=0.01)


def test_a_picture_that_is_lighter_throughout_is_as_far_as_it_is_lighter():
    """A shift of s in each channel moves a projection on d by s Σd; the mean of (Σd)² is 1."""
    torch.manual_seed(0)
    painting = torch.rand(1, 3, 256, 256) * 0.8
    squares = torch.nn.functional.avg_pool2d(painting, 4).double()
    variance = float(squares.var(dim=(-2, -1), correction=0).mean())
    found = distance(painting + 0.1, painting)
    assert found == pytest.approx(0.1**2 / variance, rel=0.1)


def test_a_veil_has_the_same_mean_and_less_spread(painting):
    """Colours drawn to their mean by a half are a quarter of the variance away."""
    mean = painting.mean(dim=(-2, -1), keepdim=True)
    assert distance((painting + mean) / 2, painting) == pytest.approx(0.25, rel=0.02)


def test_of_several_pictures_each_has_its_own_painting(painting):
    other = 1 - painting
    both = torch.cat([color_quantiles(each) for each in (painting, other)])
    found = palette_distance(torch.cat([painting, painting]), both)
    assert float(found[0]) == pytest.approx(0, abs=1e-3)
    assert float(found[1]) == pytest.approx(distance(painting, other), rel=1e-4)


def test_its_gradient_moves_colours_to_the_painting(painting):
    torch.manual_seed(0)
    picture = torch.rand(1, 3, 32, 32, requires_grad=True)
    target = color_quantiles(painting)
    before = float(palette_distance(picture.detach(), target))
    for _ in range(20):
        (slope,) = torch.autograd.grad(palette_distance(picture, target), picture)
        with torch.no_grad():
            picture -= 100 * slope
    assert float(palette_distance(picture.detach(), target)) < 0.2 * before
