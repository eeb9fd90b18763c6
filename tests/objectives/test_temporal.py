"""Stage 2: the terms of stage 1 plus the temporal ones; steadier after a few steps."""

import pytest
import torch

from kunster.data.clips import FramePairs
from kunster.data.scenes import scene
from kunster.data.style_targets import shipped_targets
from kunster.data.synthetic import SyntheticClips
from kunster.errors import UserError
from kunster.losses.slim import load_slim
from kunster.losses.temporal import feature_loss, output_loss
from kunster.networks.stylizer import kunster
from kunster.objectives.perceptual import PerceptualTerms
from kunster.objectives.stage import as_frames
from kunster.objectives.temporal import TemporalObjective


class Scenes:
    def __init__(self) -> None:
        self.pictures = [scene(number, size=96) for number in range(2)]

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int):
        return self.pictures[index]


@pytest.fixture(scope="module")
def pairs() -> FramePairs:
    return SyntheticClips(Scenes(), size=(64, 64)).batch(0, 2)


@pytest.fixture(scope="module")
def terms(pairs):
    slim = load_slim()
    energy = slim.content_energy(as_frames(pairs.frames[:, 0]))
    return PerceptualTerms(slim, shipped_targets("scream").targets(384, slim), energy, 1, 2, 1)


def objective(terms, output=7.0, feature=3.0, both=True, **settings):
    torch.manual_seed(0)
    network = kunster()
    optimisation = (torch.optim.Adam, lambda o, n: o)
    return TemporalObjective(network, terms, output, feature, both, *optimisation, **settings)


def test_the_loss_is_stage_1s_of_all_frames_plus_the_weighted_temporal_terms(terms, pairs):
    module = objective(terms)
    frames = pairs.frames.float() / 255
    one_by_one = [module.network(frame[None]) for frame in frames.flatten(0, 1)]
    stylized = torch.cat(one_by_one).unflatten(0, (2, 2))
    features = torch.cat([module.network.encode(f[None]) for f in frames.flatten(0, 1)])
    expected = {
        **terms(frames.flatten(0, 1), stylized.flatten(0, 1)),
        "output": output_loss(stylized, frames, pairs.flow, pairs.traceable),
        "feature": feature_loss(features.unflatten(0, (2, 2)), pairs.flow, pairs.traceable),
    }
    found = module.losses(pairs)
    for name in ("content", "style", "tv", "output", "feature"):
        torch.testing.assert_close(found[name], expected[name], rtol=1e-3, atol=1e-7)
    total = expected["loss"] + 7 * expected["output"] + 3 * expected["feature"]
    torch.testing.assert_close(found["loss"], total, rtol=1e-3, atol=0)


def test_one_frame_of_each_pair_is_judged_by_turns_and_both_are_steadied(terms, pairs):
    module = objective(terms, both=False)
    frames = as_frames(pairs.frames.flatten(0, 1))
    stylized = module.network(frames)
    for step in (0, 1):
        expected = terms(frames[step::2], stylized[step::2])
        found = module.losses(pairs, step)
        torch.testing.assert_close(found["content"], expected["content"], rtol=1e-3, atol=0)
        torch.testing.assert_close(found["style"], expected["style"], rtol=1e-3, atol=0)
        torch.testing.assert_close(
            found["output"], objective(terms).losses(pairs)["output"], rtol=1e-3, atol=0
        )


def test_with_the_luminance_constraint_a_video_that_darkens_may_darken_the_picture(terms, pairs):
    """The network replaced by the identity: its output changes exactly as the frames do."""
    still = torch.zeros_like(pairs.flow)
    frames = pairs.frames[:, :1].expand(-1, 2, -1, -1, -1).clone()
    frames[:, 0] = 90  # grey
    frames[:, 1] = 60
    darkening = FramePairs(frames, still, torch.ones_like(pairs.traceable))
    found = []
    for luminance in (True, False):
        module = objective(terms, feature=0.0, luminance=luminance)
        module.network.encode = module.network.decode = lambda frames: frames
        found.append(module.losses(darkening)["output"].item())
    assert found == pytest.approx([0, (30 / 255) ** 2], abs=1e-7)


def test_a_few_steps_steady_a_network(terms, pairs):
    module = objective(terms, output=3000.0, feature=0.0)
    optimizer = torch.optim.Adam(module.network.parameters(), 0.003)
    found = []
    for _ in range(12):
        losses = module.losses(pairs)
        optimizer.zero_grad()
        losses["loss"].backward()
        optimizer.step()
        found.append(losses["output"].item())
    assert found[-1] < 0.7 * found[0]


@pytest.mark.parametrize("name", ["output", "feature"])
def test_a_weight_below_0_is_refused(terms, name):
    with pytest.raises(UserError, match=f"{name}_weight=-1: must be 0 or more"):
        objective(terms, **{name: -1})
