import cv2
import numpy as np
import pytest

from kunster.errors import UserError
from kunster.video.flow import Motion, Seen, follow
from kunster.video.steady import Steady

SIZE = (128, 192)


def texture(seed, size=SIZE, fine=4.0):
    """A picture with detail everywhere, for flow to hold on to."""
    noise = np.random.default_rng(seed).normal(size=(*size, 3))
    smooth = cv2.GaussianBlur(noise, (0, 0), fine)
    return np.clip(128 + 60 * smooth / smooth.std(), 0, 255).astype(np.uint8)


def shown(frames, pictures, amount=1.0):
    steady = Steady(amount)
    return [steady.follow(*each) for each in zip(frames, pictures, strict=True)]


def test_a_still_picture_stays_what_the_network_paints():
    frame, picture = texture(0), texture(1)
    assert all((each == picture).all() for each in shown([frame] * 300, [picture] * 300))


def test_after_a_change_of_the_network_a_still_picture_becomes_what_it_paints():
    """No step of brightness is left over, upwards or downwards."""
    frame, pictures = texture(0), [texture(1)] + [texture(2)] * 299
    found = shown([frame] * 300, pictures)
    assert (found[1] != pictures[1]).any()
    assert (found[-1] == pictures[-1]).all()


def test_flickering_strokes_hold_still_without_drift():
    """Noise around a picture: what is shown moves less than half as much, around the same mean."""
    frame, noise = texture(0), np.random.default_rng(3)
    pictures = [
        (128 + 40 * noise.normal(size=(*SIZE, 3))).clip(0, 255).astype(np.uint8) for _ in range(300)
    ]
    found = np.array(shown([frame] * 300, pictures, amount=0.85)[30:], np.float32)
    assert (
        np.abs(np.diff(found, axis=0)).mean()
        < 0.5 * np.abs(np.diff(np.array(pictures[30:], np.float32), axis=0)).mean()
    )
    assert found[-30:].mean() == pytest.approx(np.mean(pictures), abs=1)


def test_strokes_that_are_painted_anew_are_forgotten():
    """Giving contrast back does not undo that the last picture weighs less than 1."""
    frame, noise = texture(0), np.random.default_rng(4)
    pictures = [
        (128 + 25 * noise.normal(size=(*SIZE, 3))).clip(0, 255).astype(np.uint8) for _ in range(80)
    ]
    found = shown([frame] * 80, pictures, amount=0.85)
    one, other = (found[number].astype(float).ravel() for number in (39, 79))
    assert np.corrcoef(one, other)[0, 1] < 0.1


@pytest.mark.parametrize("step", [(0, 3), (2, 0), (-1, 2)])
def test_a_pan_by_whole_pixels_moves_what_is_shown(step):
    frame, picture = texture(0, (256, 320)), texture(1, (256, 320))

    def cut(whole, number):
        y, x = (64 + number * each for each in step)
        return whole[y : y + SIZE[0], x : x + SIZE[1]]

    numbers = range(10)
    pictures = [cut(picture, n) for n in numbers]
    found = shown([cut(frame, n) for n in numbers], pictures)
    inside = np.s_[16:-16, 16:-16]
    assert found[1] is not pictures[1]
    difference = cv2.absdiff(found[-1], pictures[-1])[inside]
    assert (
        difference <= 1
    ).mean() > 0.99  # flow is right to a quarter of a pixel nearly everywhere
    assert difference.max() < 10


def test_the_first_frame_after_a_cut_is_the_networks():
    before, after = texture(0), texture(10)
    found = shown([before, before, after], [texture(1), texture(2), texture(3)])
    assert (found[1] != texture(2)).any()
    assert (found[2] == texture(3)).all()


def test_where_an_object_leaves_no_ghost_of_it_stays():
    """A white square moves over a still background, both painted anew with every frame."""
    frames, pictures, places = [], [], range(20, 116, 8)
    for number, left in enumerate(places):
        frame, picture = texture(0) // 3, np.full((*SIZE, 3), 40 + number % 2, np.uint8)
        frame[40:80, left : left + 40] = 255 - texture(5, (40, 40)) // 4
        picture[40:80, left : left + 40] = 220
        frames.append(frame)
        pictures.append(picture)
    found = shown(frames, pictures)
    uncovered = np.s_[40:80, places[-2] : places[-1] - 2]  # trust is known to two pixels
    assert cv2.absdiff(found[-1][uncovered], pictures[-1][uncovered]).max() <= 3
    assert cv2.absdiff(found[-1], pictures[-1]).mean() < 2


def test_the_first_pictures_of_what_was_uncovered_weigh_alike():
    """Its left half is uncovered in the second frame; flat pictures, each of another level."""
    half = SIZE[0] // 2, SIZE[1] // 2
    still, trust = np.zeros((*half, 2), np.float32), np.full(half, 255, np.uint8)
    uncovered = trust.copy()
    uncovered[:, : half[1] // 2] = 0
    steady, levels = Steady(1), [200, 60, 120, 90, 30]
    for number, level in enumerate(levels):
        motion = Motion(still, uncovered if number == 1 else trust) if number else None
        found = steady(np.full((*SIZE, 3), level, np.uint8), motion)[SIZE[0] // 2]
        if number:  # differences of a level are not kept
            assert found[16] == pytest.approx(np.mean(levels[1 : number + 1]), abs=3)
    kept = levels[0]
    for level in levels[1:]:
        kept = 0.95 * kept + 0.05 * level
    assert found[-16] == pytest.approx(kept, abs=8)


def test_an_amount_of_0_leaves_every_frame_by_itself():
    pictures = [texture(seed) for seed in range(1, 4)]
    found = shown([texture(0)] * 3, pictures, amount=0)
    assert all((each == own).all() for each, own in zip(found, pictures, strict=True))


@pytest.mark.parametrize("size", [(64, 64), (65, 67), (64, 301)])
def test_all_sizes_that_networks_take_are_followed(size):
    seen = Seen.of(texture(0, size))
    motion = follow(seen, seen)
    half = size[0] // 2, size[1] // 2
    assert motion.flow.shape == (*half, 2)
    assert motion.trust.shape == half
    assert (motion.trust == 255).all()
    assert (motion.flow == 0).all()


def test_before_a_still_noisy_camera_nothing_moves_where_the_ground_is_flat():
    """Noise gives dense search motion on flat ground; strokes there would be moved about."""
    noise, ground = np.random.default_rng(0), np.full((*SIZE, 3), 120, np.uint8)
    ground[:, :64] = texture(1, (SIZE[0], 64))
    one, other = (
        Seen.of((ground + noise.normal(0, 1, ground.shape)).clip(0, 255).astype(np.uint8))
        for _ in range(2)
    )
    assert (follow(one, other).flow == 0).mean() > 0.99


def test_flat_ground_beside_a_thing_that_moves_does_not_travel_along():
    """Before a still camera; the search drags the ground along, a patch wide."""
    size, noise, pair = (256, 384), np.random.default_rng(0), []
    for left in (100, 110):
        frame = texture(0, size)
        frame[96:] = 150
        frame[140:190, left : left + 50] = 150 + texture(1, (50, 50)) // 3
        pair.append(Seen.of((frame + noise.normal(0, 1, frame.shape)).astype(np.uint8)))
    flow = follow(*pair).flow
    assert np.abs(flow[75:90, 60:78]).max() > 5
    assert (flow[70:95, 83:97] == 0).mean() > 0.5


def test_flat_ground_before_a_moving_camera_moves_along():
    """No motion would explain it as well, but what lies around it moves."""
    whole = texture(0, (128, 260))
    whole[32:96, 60:180] = 120
    motion = follow(*(Seen.of(np.ascontiguousarray(whole[:, x : x + 192])) for x in (8, 4)))
    assert np.median(-motion.flow[16:48, 40:80, 0]) > 2


@pytest.mark.parametrize("amount", [-0.1, 1.1, float("nan")])
def test_an_amount_out_of_range_is_refused(amount):
    with pytest.raises(UserError, match=f"steady={amount:g}: must be from 0"):
        Steady(amount)
