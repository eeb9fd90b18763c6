import numpy as np
import pytest

from kunster.errors import UserError
from kunster.video.looks import Look

LUMINANCE = (0.2126, 0.7152, 0.0722)  # ITU-R BT.709-6, item 3.2


def two_pictures():
    random = np.random.default_rng(0)
    return [random.integers(0, 256, (40, 60, 3), np.uint8) for _ in range(2)]


def y_cb_cr(picture):
    """ITU-R BT.709-6, items 3.2 and 3.3, full range."""
    red, _, blue = np.moveaxis(picture.astype(float), -1, 0)
    y = picture @ np.array(LUMINANCE)
    return y, (blue - y) / 1.8556, (red - y) / 1.5748


def test_nothing_asked_for_changes_nothing():
    photo, stylized = two_pictures()
    assert Look().is_plain
    np.testing.assert_array_equal(Look()(photo, stylized), stylized)


@pytest.mark.parametrize("strength", [0, 0.3, 0.5, 1])
def test_strength_mixes_photo_and_style(strength):
    photo, stylized = two_pictures()
    expected = strength * stylized.astype(float) + (1 - strength) * photo
    assert np.abs(Look(strength)(photo, stylized) - expected).max() <= 0.51


def test_kept_colours_are_the_photos_under_the_luminance_of_the_style():
    random = np.random.default_rng(0)
    photo = random.integers(100, 150, (40, 60, 3), np.uint8)  # so that nothing leaves RGB
    stylized = random.integers(60, 190, (40, 60, 3), np.uint8)
    found = y_cb_cr(Look(keep_colors=True)(photo, stylized))
    expected = (y_cb_cr(stylized)[0], *y_cb_cr(photo)[1:])
    for ours, theirs in zip(found, expected, strict=True):
        assert np.abs(ours - theirs).max() < 1.01


def test_kept_colours_beyond_rgb_are_clamped():
    bright, dark = np.full((8, 8, 3), 250, np.uint8), np.zeros((8, 8, 3), np.uint8)
    red = np.tile(np.uint8([255, 0, 0]), (8, 8, 1))
    look = Look(keep_colors=True)
    assert look(red, bright)[0, 0].tolist() == [255, 196, 196]  # 250 - 0.2126 · 255
    assert look(red, dark)[0, 0].tolist() == [201, 0, 0]


def test_a_preview_shows_the_photo_on_the_left():
    photo, stylized = two_pictures()
    found = Look(preview=True, strength=0.5)(photo, stylized)
    np.testing.assert_array_equal(found[:, :60], photo)
    np.testing.assert_array_equal(found[:, 60:], Look(0.5)(photo, stylized))


@pytest.mark.parametrize("strength", [-0.1, 1.01, float("nan")])
def test_a_strength_out_of_range_is_refused(strength):
    with pytest.raises(UserError, match=r"strength=.*: must be from 0 .* to 1"):
        Look(strength)
