import numpy as np
import pytest
import torch

from kunster.data.clips import FramePairs
from kunster.data.sintel import load_pair, sintel_pairs
from kunster.errors import UserError
from kunster.measures.flicker import flicker
from kunster.measures.stability import own_flicker, stability, warping_error

HARD = "ambush_4"


def unchanged(frames):
    return frames


def negative(frames):
    return 1 - frames


def a_pair(height=24, width=32) -> FramePairs:
    """Unrelated frames, small random flow, a random mask."""
    generator = torch.Generator().manual_seed(0)
    frames = torch.randint(256, (2, 3, height, width), generator=generator, dtype=torch.uint8)
    flow = 3 * torch.randn(2, height, width, generator=generator)
    return FramePairs(frames, flow, torch.rand(height, width, generator=generator) < 0.7)


def plain_e_stab(pair: FramePairs) -> float:
    """The formula in float64, pixel by pixel."""
    first, second = pair.frames.double().numpy() / 255
    total, non_occluded = 0.0, 0
    _, height, width = first.shape
    for y in range(height):
        for x in range(width):
            if not pair.non_occluded[y, x]:
                continue
            u, v = pair.flow[:, y, x].tolist()
            px, py = np.clip(x + u, 0, width - 1), np.clip(y + v, 0, height - 1)
            left, top = min(int(px), width - 2), min(int(py), height - 2)
            right, low = px - left, py - top
            seen = (
                (1 - low) * (1 - right) * second[:, top, left]
                + (1 - low) * right * second[:, top, left + 1]
                + low * (1 - right) * second[:, top + 1, left]
                + low * right * second[:, top + 1, left + 1]
            )
            total += ((first[:, y, x] - seen) ** 2).sum()
            non_occluded += 1
    return (total / (3 * non_occluded)) ** 0.5


def test_a_warping_error_agrees_with_a_plain_float64_formulation():
    pair = a_pair()
    error = warping_error(pair.frames.float() / 255, pair.flow, pair.non_occluded)
    assert error == pytest.approx(plain_e_stab(pair), rel=1e-5)


def test_a_constant_picture_is_perfectly_steady():
    assert stability([lambda frames: torch.full_like(frames, 0.3)], [a_pair()])[0] < 1e-7


def test_only_non_occluded_pixels_count():
    pair = a_pair()
    before = stability([unchanged], [pair])
    pair.frames[0][:, ~pair.non_occluded] = 255
    assert stability([unchanged], [pair]) == before


def test_a_network_that_moves_with_its_input_is_steady_under_translation():
    random = torch.Generator().manual_seed(1)
    texture = torch.randint(256, (3, 40, 60), generator=random, dtype=torch.uint8)
    frames = torch.stack([texture[:, 5:35, 5:45], texture[:, 3:33, 1:41]])  # right 4, down 2
    flow = torch.tensor([4.0, 2.0]).view(2, 1, 1).expand(2, 30, 40)
    non_occluded = torch.zeros(30, 40, dtype=torch.bool)
    non_occluded[:28, :36] = True
    errors = stability([unchanged, negative], [FramePairs(frames, flow, non_occluded)])
    assert max(errors) < 1e-5


def test_errors_of_pairs_are_averaged():
    first, second = a_pair(), a_pair(20, 40)
    alone = [stability([unchanged], [pair])[0] for pair in (first, second)]
    assert stability([unchanged], [first, second])[0] == pytest.approx(np.mean(alone))


def test_no_non_occluded_pixel_at_all_is_refused():
    pair = a_pair()
    pair.non_occluded[:] = False
    with pytest.raises(UserError, match="no pair"):
        stability([unchanged], [pair])


def test_sintels_own_frames_score_what_was_measured_when_the_project_began(real):
    """0.027, from motion blur and lighting. Fog in ambush_4 alone would make it 0.033."""
    where = sintel_pairs(real("sintel", "training"))
    pairs = [load_pair(pair) for pair in where if pair.scene != HARD]
    own, inverted = stability([unchanged, negative], pairs)
    assert own == pytest.approx(0.027, abs=0.002)
    assert inverted == pytest.approx(own, rel=1e-4)  # an inversion changes no difference


def moving(count=4, step=3, size=96):
    """Frames of a smooth texture that moves right by `step` pixels a frame, uint8."""
    import cv2

    wide = np.random.default_rng(0).integers(0, 256, (20, 60, 3), np.uint8)
    wide = cv2.resize(wide, (size * 3, size), interpolation=cv2.INTER_CUBIC)
    for number in range(count):
        left = size - step * number
        yield np.ascontiguousarray(wide[:, left : left + size])


def test_flicker_of_a_smooth_pan_is_small_and_noise_adds_its_own_size():
    noise = torch.Generator().manual_seed(0)

    def noisy(frames):
        return frames + 0.1 * torch.randn(frames.shape, generator=noise)

    found = flicker([unchanged, noisy, lambda frames: frames * 0], moving())
    own, disturbed, black = found.errors
    assert (found.pairs, found.cuts, black) == (3, 0, 0)
    assert own < 0.03
    assert 0.1 < disturbed < 0.1 * 2**0.5 + own  # two frames' noise, one of them interpolated


def test_scene_cuts_are_left_out():
    cut = [*moving(3), *(255 - frame[::-1, ::-1] for frame in moving(3))]
    found = flicker([unchanged], map(np.ascontiguousarray, cut))
    assert (found.pairs, found.cuts) == (4, 1)
    assert found.errors[0] < 0.03


def test_one_frame_is_no_video():
    with pytest.raises(UserError, match="under two frames"):
        flicker([unchanged], moving(1))


def test_own_flicker_is_what_the_frames_do_not_do_themselves():
    assert own_flicker(0.05, 0.03) == pytest.approx(0.04)
    assert own_flicker(0.02, 0.03) == 0


def test_frames_far_apart_are_compared_along_the_composed_flow():
    """A pan by 30 pixels in ten steps is as steady as by 3, strokes fixed to the screen are not."""
    screen = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    found = flicker([unchanged, lambda frames: frames * 0 + screen], moving(11))
    assert found.far[0] < 0.06
    assert found.far[1] > 0.3
    assert flicker([unchanged], moving(10)).far == []


def test_what_is_shown_is_measured_beside_the_networks():
    """Held by a constant picture, any network is perfectly steady and has no detail."""
    found = flicker([unchanged], moving(), lambda: lambda frame, stylized: stylized * 0)
    assert found.errors[0] > found.errors[1] == 0
    assert found.detail[0] > found.detail[1] == pytest.approx(0, abs=1e-6)
