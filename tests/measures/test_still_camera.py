import math

import numpy as np
import pytest

from kunster.data.decode import decode_photo
from kunster.data.materials import photographs
from kunster.measures.still_camera import changes, mean_change, still_camera
from kunster.video.steady import Steady


def test_gaussian_noise_changes_a_frame_by_two_sigma_over_the_root_of_pi():
    frames = still_camera(np.full((100, 150, 3), 128, np.uint8), sigma=5)
    assert mean_change(frames) == pytest.approx(2 * 5 / math.sqrt(math.pi), rel=0.01)


def test_what_stays_does_not_change():
    assert mean_change([np.full((4, 4, 3), 9, np.uint8)] * 3) == 0
    assert mean_change([np.full((4, 4, 3), n, np.uint8) for n in (0, 255, 0)]) == 255


def test_a_network_that_doubles_the_noise_shows_less_of_it_than_the_camera():
    """A real photo: noise alone changes, and is no motion to follow."""
    flat = decode_photo(photographs()[0], 240) // 2 + 64  # doubled it still fits into 8 bits
    frames = still_camera(flat)
    alone, shown = changes(lambda image: 2 * image - 0.5, frames, Steady(0.85).follow)
    assert alone > mean_change(frames) > 2 * shown
