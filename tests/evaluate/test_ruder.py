"""Ruder's optimisation: how one picture follows the other along the motion."""

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from kunster.data.clips import FramePairs
from kunster.data.scenes import scene
from kunster.evaluate.loss import perceptual_loss
from kunster.evaluate.optimal import optimise
from kunster.evaluate.ruder import OUTPUT_WEIGHT, follow, optimise_pair
from kunster.measures.stability import warping_error

from ..thin_vgg import thin_vgg

CONFIGURATIONS = Path(__file__).parents[2] / "conf" / "objective"
SIZE = 48


@pytest.fixture(scope="module")
def pan() -> FramePairs:
    """A scene that moves left by 8 pixels; its left edge leaves the picture."""
    wide = torch.from_numpy(np.asarray(scene(0, size=64)).copy()).permute(2, 0, 1)
    frames = torch.stack([wide[:, :SIZE, :SIZE], wide[:, :SIZE, 8 : SIZE + 8]])
    flow = torch.tensor([-8.0, 0.0]).view(2, 1, 1).repeat(1, SIZE, SIZE)
    non_occluded = torch.zeros(SIZE, SIZE, dtype=torch.bool)
    non_occluded[:, 8:] = True
    return FramePairs(frames, flow, non_occluded)


def grey(value):
    return torch.full((1, 3, SIZE, SIZE), value)


def test_a_quadratic_loss_and_the_neighbour_meet_at_their_weighted_mean(pan):
    """x minimises (x - 0.8)² + λ(x - 0.2)² where the motion can be traced."""
    found = follow(lambda picture: (picture - 0.8).square().mean(), grey(0.5), grey(0.2), pan)
    expected = grey(0.8)
    expected[..., 8:] = (0.8 + OUTPUT_WEIGHT * 0.2) / (1 + OUTPUT_WEIGHT)
    torch.testing.assert_close(found.picture, expected, atol=1e-3, rtol=0)


def test_it_starts_from_the_neighbours_picture_moved_and_from_the_frame_elsewhere(pan):
    """Without another loss that start is the optimum, and stays."""
    before, after = pan.frames.float().div(255).split(1)
    found = follow(lambda picture: 0 * picture.mean(), grey(0.5), after, pan)
    torch.testing.assert_close(found.picture[..., 8:], before[..., 8:], atol=1e-3, rtol=0)
    torch.testing.assert_close(found.picture[..., :8], grey(0.5)[..., :8], atol=1e-3, rtol=0)


def test_pairs_are_far_steadier_than_pictures_of_gatys_at_half_the_frames_loss_or_less(pan):
    noise = torch.rand(1, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    judge = thin_vgg()
    frames = pan.frames.float().div(255).split(1)
    terms = perceptual_loss(judge, judge.style_targets(noise), frames)
    alone = optimise(lambda picture: terms(frames[0], picture)["loss"], frames[0])
    steady = optimise_pair(terms, pan)
    apart = torch.cat([alone.picture, steady.later.picture])
    errors = [
        warping_error(pictures, pan.flow, pan.non_occluded) for pictures in (steady.pictures, apart)
    ]
    assert errors[0] < errors[1] / 3
    held = terms(frames[0], steady.earlier.picture)["loss"].item()
    assert alone.curve[-1] < held < alone.curve[0] / 2


def test_the_weight_is_that_of_huangs_stage_2():
    stage_2 = yaml.safe_load((CONFIGURATIONS / "temporal_huang.yaml").read_text())
    assert stage_2["terms"]["output"]["weight"] == OUTPUT_WEIGHT
