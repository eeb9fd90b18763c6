"""Pairs by number, exact on smooth photos, degraded as a camera would: measured on flat ones."""

import numpy as np
import pytest
import torch

from kunster.data import synthetic
from kunster.data.motion import shift
from kunster.data.synthetic import DARK, EXPOSURE, FOREGROUND, NOISE, SyntheticClips, degraded
from kunster.errors import UserError
from kunster.losses.warp import in_bounds, warp_back

SIZE = (64, 80)
STILL = np.zeros((*SIZE, 2), np.float32)


class Waves:
    """Photos of a few waves, none shorter than 50 pixels, in strong colours."""

    def __init__(self) -> None:
        random = np.random.default_rng(0)
        y, x = np.indices((96, 120))
        self.pictures = []
        for _ in range(3):
            u, v = random.uniform(-1, 1, (2, 3, 1, 1)) / 50 / np.sqrt(2)
            phase = random.uniform(0, 2 * np.pi, (3, 1, 1))
            waves = 0.5 + 0.4 * np.sin(2 * np.pi * (u * x + v * y) + phase)
            self.pictures.append(np.rint(255 * waves.transpose(1, 2, 0)).astype(np.uint8))

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> np.ndarray:
        return self.pictures[index]


def flat(value: float) -> np.ndarray:
    return np.full((2, *SIZE, 3), value, np.float32)


def photographed(frames: np.ndarray, flow=STILL, strength=1.0, count=300, seed=0) -> np.ndarray:
    """`count` degraded versions of the frames, (count, 2, H, W, 3)."""
    random = np.random.default_rng(seed)
    return np.stack([degraded(random, frames, flow, strength) for _ in range(count)])


def test_a_pair_depends_on_the_seed_and_its_number_alone():
    clips = SyntheticClips(Waves(), SIZE, seed=3)
    batch = clips.batch(7, 4)
    for number in (3, 0):
        alone = SyntheticClips(Waves(), SIZE, seed=3).batch(7 + number, 1)
        assert all(
            torch.equal(one[0], many[number]) for one, many in zip(alone, batch, strict=True)
        )
    other = SyntheticClips(Waves(), SIZE, seed=4).batch(7, 4)
    assert len({part.numpy().tobytes() for part in (*batch.frames, *other.frames)}) == 8


def test_frames_are_bytes_flow_single_precision_and_the_mask_bool():
    frames, flow, non_occluded = SyntheticClips(Waves(), SIZE).batch(0, 2)
    assert (frames.shape, frames.dtype) == ((2, 2, 3, *SIZE), torch.uint8)
    assert (flow.shape, flow.dtype) == ((2, 2, *SIZE), torch.float32)
    assert (non_occluded.shape, non_occluded.dtype) == ((2, *SIZE), torch.bool)


@pytest.mark.parametrize(("strength", "gap"), [(2, 1), (1, 4)])
def test_without_degradation_the_second_frame_warped_back_is_the_first(strength, gap):
    """Things have edges, so the mask must be right as well."""
    clips = SyntheticClips(Waves(), SIZE, strength=strength, degradation=0, jitter=0, gaps=[gap])
    frames, flow, non_occluded = clips.batch(0, 48)
    assert not (non_occluded & ~in_bounds(flow)).any()
    error = (frames[:, 0].float() - warp_back(frames[:, 1], flow)).abs().amax(1)
    assert non_occluded.float().mean() > 0.85
    assert error[non_occluded].max() < 6
    assert error[non_occluded].mean() < 1
    assert error[~non_occluded].mean() > 20
    moving = flow.abs().amax((1, 2, 3)) > 1
    wrong = (frames[:, 0].float() - warp_back(frames[:, 1], -flow)).abs().amax(1)
    assert wrong[moving][non_occluded[moving]].mean() > 8


def test_without_strength_nothing_moves():
    clips = SyntheticClips(Waves(), SIZE, strength=0, degradation=0)
    frames, flow, _ = clips.batch(0, 12)
    assert torch.equal(frames[:, 0], frames[:, 1])
    assert flow.abs().max() < 1e-5


def test_something_moves_before_the_background_in_the_stated_share(monkeypatch):
    drawn = []

    def counted(layers, size, render=synthetic.render):
        drawn.append(len(layers))
        return render(layers, size)

    monkeypatch.setattr(synthetic, "render", counted)
    SyntheticClips(Waves(), SIZE, jitter=0).batch(0, 400)
    assert set(drawn) == {1, 2}
    assert np.mean(drawn) - 1 == pytest.approx(FOREGROUND, abs=0.075)  # 3 deviations


def test_no_degradation_leaves_frames_as_they_are():
    frames = np.random.default_rng(0).integers(0, 256, (2, *SIZE, 3)).astype(np.float32)
    flow = np.full_like(STILL, 8)
    found = photographed(frames, flow, strength=0, count=5)
    np.testing.assert_array_equal(found, np.broadcast_to(frames, found.shape))
    rounded = photographed(frames.clip(0, 250) + 0.4, strength=0, count=1)[0]
    np.testing.assert_array_equal(rounded, frames.clip(0, 250))


def test_noise_has_no_mean_and_grows_with_the_roots_of_light():
    """Its level is `NOISE` times a number of Beta(1, 2), whose mean square is 1/6."""
    variance = {}
    for value in (40.0, 160.0):
        first = photographed(flat(value))[:, 0].astype(float) - value
        assert first.mean() == pytest.approx(0, abs=0.02)
        variance[value] = first.var() - 1 / 12  # what rounding adds
        light = DARK + (1 - DARK) * value / 255
        assert variance[value] == pytest.approx((255 * NOISE) ** 2 / 6 * light, rel=0.2)
    expected = (DARK * 255 + (1 - DARK) * 160) / (DARK * 255 + (1 - DARK) * 40)
    assert variance[160.0] / variance[40.0] == pytest.approx(expected, rel=0.02)


def test_noise_is_normal_and_new_in_every_pixel_channel_and_frame():
    pairs = photographed(flat(120.0), strength=4, count=90).astype(float)
    pairs = pairs[pairs.std((2, 3, 4)).min(1) > 3]  # so much that rounding does not matter
    pairs -= pairs.mean((2, 3, 4), keepdims=True)
    pairs /= pairs.std((2, 3, 4), keepdims=True)
    assert len(pairs) > 60
    assert (pairs**4).mean() == pytest.approx(3, abs=0.1)
    neighbours = (
        (pairs[:, 0], pairs[:, 1]),
        (pairs[..., 1:, :], pairs[..., :-1, :]),
        (pairs[:, :, 1:], pairs[:, :, :-1]),
        (pairs[..., 1:], pairs[..., :-1]),
        (pairs[1:], pairs[:-1]),
    )
    for one, other in neighbours:
        assert (one * other).mean() == pytest.approx(0, abs=0.01)


def test_the_exposure_changes_in_every_second_pair_and_only_the_second_frame():
    found = photographed(flat(120.0), count=600).mean((2, 3, 4))
    np.testing.assert_allclose(found[:, 0], 120, atol=0.2)
    gain = found[:, 1] / 120 - 1
    changed = gain[abs(gain) > 0.002]
    assert len(changed) / len(gain) == pytest.approx(0.5, abs=0.07)
    assert changed.std() == pytest.approx(EXPOSURE, rel=0.15)
    assert changed.mean() == pytest.approx(0, abs=0.006)


def test_motion_blurs_along_its_way_and_nowhere_else():
    """Stripes that run along the motion stay as sharp as the focus lets them."""
    frames, flow = flat(60.0), STILL + np.float32([8, 0])
    frames[:, :, ::2] = 180  # every second column
    across = photographed(frames, flow, count=40).astype(float).mean(2).std((1, 2, 3))
    turned = np.ascontiguousarray(frames.transpose(0, 2, 1, 3))
    along = photographed(turned, flow.transpose(1, 0, 2), count=40).astype(float)
    along = along.mean(3).std((1, 2, 3))
    assert along.max() > 59
    assert (across < along + 0.5).all()
    assert np.median(across) < 0.5 * np.median(along)


def test_frames_are_as_far_apart_as_is_listed_and_blurred_by_the_motion_of_one(monkeypatch):
    steps, blurs = [], []

    def step(random, size, strength, frames):
        steps.append(frames)
        return shift(2 * frames, 0)

    def blurred(random, frames, flow, strength):
        blurs.append(flow)
        return frames.astype(np.uint8)

    monkeypatch.setattr(synthetic, "camera_step", step)
    monkeypatch.setattr(synthetic, "FOREGROUND", 0)
    monkeypatch.setattr(synthetic, "degraded", blurred)
    flow = SyntheticClips(Waves(), SIZE, jitter=0, gaps=[1, 1, 4]).batch(0, 300).flow
    np.testing.assert_allclose(flow[:, 0].amax((1, 2)), [-2 * gap for gap in steps], atol=1e-4)
    np.testing.assert_allclose(np.array(blurs)[..., 0], -2, atol=1e-4)
    assert set(steps) == {1, 4}
    assert np.mean(np.array(steps) == 1) == pytest.approx(2 / 3, abs=0.08)  # 3 deviations


def test_the_source_says_how_many_photos_and_how_far_apart():
    assert SyntheticClips(Waves()).source == "synthetic, camera motion over 3 photos"
    several = SyntheticClips(Waves(), gaps=[1, 1, 4]).source
    assert several == "synthetic, camera motion over 3 photos, 1, 1, 4 frames apart"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"strength": -1}, "clips.strength=-1: must be 0 or more"),
        ({"degradation": -0.5}, "clips.degradation=-0.5: must be 0 or more"),
        ({"jitter": float("nan")}, "clips.jitter=nan: must be 0 or more"),
        ({"size": (60, 64)}, "clips.size=[60, 64]: must be height and width, multiples of 4"),
        ({"size": (64, 66)}, "multiples of 4 from 64 up"),
        ({"size": (64,)}, "clips.size=[64]"),
        ({"photos": []}, "no photos"),
        ({"gaps": []}, "clips.gaps=[]: must be frames, whole numbers from 1 up"),
        ({"gaps": [1, 0]}, "clips.gaps=[1, 0]: must be frames"),
    ],
)
def test_wrong_arguments_are_refused_in_one_line(arguments, complaint):
    with pytest.raises(UserError) as raised:
        SyntheticClips(**{"photos": Waves(), **arguments})
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)
