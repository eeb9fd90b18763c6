"""Stage 2: the terms of stage 1 plus the temporal ones; steadier after a few steps."""

import pytest
import torch

from kunster.data.clips import FramePairs
from kunster.data.scenes import scene
from kunster.data.synthetic import SyntheticClips
from kunster.losses.temporal import feature_loss, output_loss
from kunster.losses.terms import OutputConsistency
from kunster.objectives.stage import as_frames

from ..small_stages import small_stage, terms_of


@pytest.fixture(scope="module")
def pairs() -> FramePairs:
    return SyntheticClips([scene(number, size=96) for number in range(2)], (64, 64)).batch(0, 2)


@pytest.fixture(scope="module")
def both_judged():
    return small_stage("temporal", both_frames=True)


def test_the_loss_is_stage_1s_of_all_frames_plus_the_weighted_temporal_terms(both_judged, pairs):
    stage, frames = both_judged, pairs.frames.float() / 255
    one_by_one = [stage.network(frame[None]) for frame in frames.flatten(0, 1)]
    stylized = torch.cat(one_by_one)
    encoded = torch.cat([stage.network.encode(f[None]) for f in frames.flatten(0, 1)])
    along, two = (pairs.flow, pairs.non_occluded), (2, 2)
    expected = {
        **small_stage("perceptual").loss(frames.flatten(0, 1), stylized),
        "output": output_loss(stylized.unflatten(0, two), frames, *along),
        "feature": feature_loss(encoded.unflatten(0, two), *along),
    }
    expected["loss"] = expected["loss"] + 300 * expected["output"] + 0.5 * expected["feature"]
    found = stage.losses(pairs)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-3, atol=1e-7)


def test_one_frame_of_each_pair_is_judged_by_turns_and_both_are_steadied(both_judged, pairs):
    stage, stage_1 = small_stage("temporal"), small_stage("perceptual")
    frames = as_frames(pairs.frames.flatten(0, 1))
    stylized = stage.network(frames)
    output = both_judged.losses(pairs)["output"]
    for turn in (0, 1):
        expected = stage_1.loss(frames[turn::2], stylized[turn::2], turn)
        found = stage.losses(pairs, turn)
        for name, value in (*expected.items(), ("output", output)):
            if name != "loss":
                torch.testing.assert_close(found[name], value, rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize(("luminance", "error"), [(True, 0), (False, (30 / 255) ** 2)])
def test_a_video_that_darkens_may_darken_the_picture_with_luminance(pairs, luminance, error):
    """The network replaced by the identity: its output changes exactly as the frames do."""
    frames = pairs.frames[:, :1].expand(-1, 2, -1, -1, -1).clone()
    frames[:, 0] = 90  # grey
    frames[:, 1] = 60
    still = torch.zeros_like(pairs.flow)
    darkening = FramePairs(frames, still, torch.ones_like(pairs.non_occluded))
    stage = small_stage("temporal", {"output": OutputConsistency(7, luminance)})
    stage.network.encode = stage.network.decode = lambda frames: frames
    assert stage.losses(darkening)["output"].item() == pytest.approx(error, abs=1e-7)


def test_a_few_steps_steady_a_network(pairs):
    terms = {**terms_of("perceptual"), "output": OutputConsistency(3000)}
    stage = small_stage("temporal", terms, both_frames=True)
    optimizer = torch.optim.Adam(stage.network.parameters(), 0.003)
    found = []
    for _ in range(12):
        losses = stage.losses(pairs)
        optimizer.zero_grad()
        losses["loss"].backward()
        optimizer.step()
        found.append(losses["output"].item())
    assert found[-1] < 0.7 * found[0]
