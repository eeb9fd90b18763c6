from fractions import Fraction
from itertools import islice, pairwise

import cv2
import numpy as np
import pytest

from kunster.data.flow import estimate_flow
from kunster.data.moving_clip import SHOTS, _Scene, moving_clip

SIZE = (96, 128)


@pytest.fixture(scope="module")
def clip():
    return list(moving_clip(4, 25, SIZE))


def test_as_many_frames_of_that_size_as_asked_for_and_always_the_same(clip):
    assert len(clip) == 100
    assert {(frame.shape, frame.dtype.name) for frame in clip} == {((*SIZE, 3), "uint8")}
    again = list(islice(moving_clip(4.0, Fraction(25), SIZE), 40))
    np.testing.assert_array_equal(np.stack(clip[:40]), np.stack(again))
    np.testing.assert_array_equal(np.stack(clip[85:]), np.stack(list(moving_clip(4, 25, SIZE, 85))))
    assert len(list(moving_clip(0.5, Fraction(30000, 1001), SIZE))) == 15


def difference(first, second):
    return abs(first.astype(float) - second).mean()


def test_there_are_three_shots_and_little_changes_within_one(clip):
    changes = [difference(*pair) for pair in pairwise(clip)]
    cuts = sorted(np.argsort(changes)[-2:])
    assert cuts == [32, 65]
    within = np.delete(changes, cuts)
    assert within.min() > 0.5  # noise and motion: no frame is there twice
    assert within.max() < min(changes[cut] for cut in cuts) / 4


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.photo)
def test_the_camera_never_sees_past_the_photograph(shot):
    scene = _Scene(shot, SIZE, np.random.default_rng(0), seconds=4)
    height, width = SIZE
    corners = np.float64([[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]])
    furthest = np.array(scene.photo.shape[1::-1]) - 1
    for time in np.linspace(0, 4, 200):
        seen = cv2.perspectiveTransform(corners[None], scene.background(time))[0]
        assert (seen >= 0).all()
        assert (seen <= furthest).all()


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.photo)
def test_the_camera_moves_smoothly_and_slowly(shot):
    """At 25 frames a second: under two percent of the height a frame, no jerks."""
    scene = _Scene(shot, SIZE, np.random.default_rng(0), seconds=4 / 3)
    middle = np.float64([[[SIZE[1] / 2, SIZE[0] / 2]]])
    path = np.concatenate(
        [
            cv2.perspectiveTransform(middle, scene.background(time))[0]
            for time in np.arange(0, 4 / 3, 1 / 25)
        ]
    )
    speed = np.diff(path, axis=0)
    assert 0.1 < np.linalg.norm(speed, axis=1).max() < 0.02 * SIZE[0]
    assert np.linalg.norm(np.diff(speed, axis=0), axis=1).max() < 0.005 * SIZE[0]


def test_the_balloon_moves_otherwise_than_what_is_behind_it():
    frames = list(islice(moving_clip(4, 25, (240, 320)), 10, 12))
    scene = _Scene(SHOTS[0], (240, 320), np.random.default_rng(0), seconds=33 / 25)
    outline = cv2.warpPerspective(
        scene.outline,
        scene.foreground(10 / 25),
        (320, 240),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )
    flow = estimate_flow(*frames)
    on_it = np.median(flow[cv2.erode(outline, np.ones((9, 9))) > 0.9], axis=0)
    behind = np.median(flow[:, :200].reshape(-1, 2), axis=0)
    assert np.linalg.norm(on_it - behind) > 1
