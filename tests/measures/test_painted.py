"""Measures of how far a picture is painted, on pictures whose values are known."""

import math

import pytest
import torch
from torch import Tensor

from kunster.measures.painted import (
    blurred,
    cfsd,
    content4,
    detail,
    gram_distance,
    luminance,
    masses,
    stroke,
    tint,
    y_cr_cb,
)


@pytest.fixture
def photo() -> Tensor:
    """A ramp of grey from left to right, with grain in its right half."""
    torch.manual_seed(0)
    ramp = torch.linspace(0.1, 0.9, 128).expand(1, 3, 96, 128).clone()
    ramp[..., 64:] += 0.05 * torch.randn(1, 1, 96, 64)
    return ramp.clamp(0, 1)


def stripes(period: int, height: int = 96, width: int = 128, amplitude: float = 0.2) -> Tensor:
    """Sine waves across a grey picture."""
    wave = amplitude * torch.sin(2 * math.pi * torch.arange(width) / period)
    return (0.5 + wave).expand(1, 3, height, width).clone()


def test_grey_has_its_own_luma_and_no_colour():
    grey = torch.full((1, 3, 8, 8), 0.25)
    torch.testing.assert_close(luminance(grey), torch.full((1, 1, 8, 8), 0.25))
    torch.testing.assert_close(y_cr_cb(grey)[:, 1:], torch.zeros(1, 2, 8, 8))


def test_a_gaussian_blur_damps_a_wave_as_its_transform_says():
    period, sigma = 16, 2.0
    wave = stripes(period, width=160) - 0.5
    damped = blurred(wave, sigma)[..., 32:-32]
    factor = math.exp(-2 * (math.pi * sigma / period) ** 2)
    torch.testing.assert_close(damped, factor * wave[..., 32:-32], atol=2e-4, rtol=1e-3)


def test_detail_of_a_slope_is_nothing():
    ramp = torch.linspace(0, 1, 200).expand(1, 3, 100, 200)
    assert detail(ramp)[..., 40:-40].abs().max() < 1e-5


def test_stroke_counts_where_the_photo_is_flat(photo):
    """Waves in the photo's smooth half count; the same ones in its grainy half do not."""
    painting = stripes(8)
    smooth, grainy = photo.clone(), photo.clone()
    smooth[..., :64] += painting[..., :64] - 0.5
    grainy[..., 64:] += painting[..., 64:] - 0.5
    nothing = stroke(photo, photo, painting)
    assert stroke(smooth, photo, painting) > 0.8
    assert stroke(grainy, photo, painting) < nothing + 0.1


def test_the_painting_itself_has_strokes_of_1_on_a_flat_photo():
    painting, flat = stripes(8), torch.full((1, 3, 96, 128), 0.5)
    assert stroke(painting, flat, painting) == pytest.approx(1, rel=1e-4)


def test_a_colour_filter_is_all_tint():
    torch.manual_seed(0)
    levels = (torch.randint(0, 8, (1, 3, 40, 40)).float() + 0.5) / 8
    filtered = torch.cat([levels[:, 2:] ** 2, 1 - levels[:, :1], 0.3 * levels[:, 1:2]], dim=1)
    assert tint(filtered, levels) == pytest.approx(1, abs=1e-6)


def test_what_has_nothing_to_do_with_the_photo_is_no_tint():
    torch.manual_seed(0)
    photo, other = torch.rand(1, 3, 300, 300), torch.rand(1, 3, 300, 300)
    explained_by_chance = 8**3 / 300**2
    assert tint(other, photo) == pytest.approx(explained_by_chance, rel=0.2)


def test_fine_noise_lowers_tint_and_not_masses(photo):
    torch.manual_seed(1)
    noisy = photo + 0.3 * torch.randn(photo.shape)
    assert tint(noisy, photo) < 0.5
    assert masses(noisy, photo) > 0.9 > tint(noisy, photo)


def test_the_painting_has_no_distance_and_the_photo_no_change():
    torch.manual_seed(0)
    gram, features = torch.rand(6, 6), torch.rand(1, 6, 5, 7)
    assert gram_distance(gram, gram) == 0
    assert content4(features, features) == pytest.approx(0, abs=1e-6)
    assert cfsd(features, features) == pytest.approx(0, abs=1e-6)


def test_a_gram_matrix_twice_as_large_is_at_a_distance_of_1():
    """‖2G − G‖² / ‖G‖² = 1."""
    gram = torch.rand(6, 6)
    assert gram_distance(2 * gram, gram) == pytest.approx(1)


def test_content_is_the_cosine_of_features_about_their_mean():
    features = torch.rand(1, 6, 5, 7)
    centred = features - features.mean((2, 3), keepdim=True)
    assert content4(3 + 2 * features, features) == pytest.approx(0, abs=1e-6)
    assert content4(1 - centred, features) == pytest.approx(2, abs=1e-6)


def test_what_looks_like_what_is_lost_in_a_shuffled_picture(small_vgg, photo):
    torch.manual_seed(2)
    tiles = photo.unfold(2, 16, 16).unfold(3, 16, 16).flatten(2, 3)  # (1, 3, tiles, 16, 16)
    order = torch.randperm(tiles.shape[2])
    shuffled = (
        tiles[:, :, order].unflatten(2, (6, 8)).permute(0, 1, 2, 4, 3, 5).reshape(photo.shape)
    )
    slight = (photo + 0.01).clamp(0, 1)
    seen = small_vgg.features
    for measure, layer in ((cfsd, "relu3_1"), (content4, "relu4_1")):
        (before,), (moved,), (near,) = (seen(each, [layer]) for each in (photo, shuffled, slight))
        assert measure(moved, before) > 5 * measure(near, before)
