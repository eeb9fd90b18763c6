import cv2
import numpy as np
import pytest

from kunster.pictures import enlarging
from kunster.pictures.enlarging import enlarged, guided_slopes, sharpened


def grey(values):
    """uint8 RGB of uint8 or float (H, W)."""
    return np.repeat(np.asarray(values, np.uint8)[..., None], 3, axis=2)


@pytest.fixture
def disc():
    """A photo with one round edge, that lies between the pixels of anything smaller."""
    down, across = np.indices((320, 400)) - np.array([[[160.3]], [[200.7]]])
    return grey(np.where(np.hypot(down, across) < 90, 200, 40))


def small(photo, scale=4):
    size = photo.shape[1] // scale, photo.shape[0] // scale
    return cv2.resize(photo, size, interpolation=cv2.INTER_AREA)


def differences(one, other):
    return np.abs(one.astype(int) - other)


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_a_painting_that_is_the_photo_gives_the_photo_back(disc, scale):
    plain = cv2.resize(small(disc, scale), (400, 320), interpolation=cv2.INTER_CUBIC)
    found = differences(enlarged(small(disc, scale), disc), disc)
    assert found.mean() < 0.1 * differences(plain, disc).mean()


def test_a_negative_gives_the_negative(disc):
    found = enlarged(255 - small(disc), disc)
    assert differences(found, 255 - enlarged(small(disc), disc)).max() <= 1


def test_a_flat_painting_stays_flat_whatever_the_photo_shows():
    photo = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    assert (enlarged(np.full((64, 64, 3), 90, np.uint8), photo) == 90).all()


def test_a_stroke_that_the_photo_has_not_is_sharp_and_has_no_halo():
    painted = np.full((80, 80, 3), 40, np.uint8)
    painted[:, 30:50] = 200
    found = enlarged(painted, np.full((320, 320, 3), 128, np.uint8))
    plain = cv2.resize(painted, (320, 320), interpolation=cv2.INTER_CUBIC)
    assert found.max() - 200 <= (plain.max() - 200) / 4
    assert 40 - found.min() <= (40 - plain.min()) / 4

    def between(picture):
        return ((picture[160, :, 0] > 50) & (picture[160, :, 0] < 190)).sum()

    assert between(found) <= between(plain) / 2
    assert (found[160, :, 0] > 120).sum() == pytest.approx(80, abs=2)  # and is as wide


def test_a_slope_without_an_edge_is_not_sharpened():
    ramp = grey(np.tile(np.arange(0, 250, 2.0), (50, 1)))
    found = sharpened(ramp, steps=3, bend=2)
    inner = slice(20, -20)  # the picture ends like an edge
    np.testing.assert_array_equal(found[:, inner], ramp[:, inner])


def test_sharpening_stays_between_the_neighbours():
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), np.uint8)
    before = noise.copy()
    around = cv2.getStructuringElement(cv2.MORPH_RECT, (5, 5))
    found = sharpened(noise, steps=2, bend=1)
    assert (found <= cv2.dilate(noise, around)).all()
    assert (found >= cv2.erode(noise, around)).all()
    np.testing.assert_array_equal(noise, before)


@pytest.mark.parametrize("slope", [-0.7, 0.5, 2])
def test_slopes_are_those_of_the_line_less_the_share_of_noise(slope):
    """Windows of 5 x 5 of a pattern with that period have one variance, 33² · 24 / 25²."""
    guide = np.zeros((50, 50), np.float32)
    guide[::5, ::5] = 33
    variance = 33**2 * 24 / 25**2
    painted = np.dstack([100 + slope * guide] * 3)
    found = guided_slopes(painted, guide)[10:-10, 10:-10]
    assert found == pytest.approx(slope * variance / (variance + enlarging.NOISE), rel=1e-3)


def test_bands_leave_no_seam(disc, monkeypatch):
    whole = enlarged(small(disc), disc)
    monkeypatch.setattr(enlarging, "BAND", 37)
    assert differences(enlarged(small(disc), disc), whole).max() <= 1


def test_what_has_the_size_already_is_left_as_it_is(disc):
    assert enlarged(disc, disc) is disc
