"""Timing a few steps must not change what is timed."""

from functools import partial

import pytest
import torch
from kunster.run.stages import Learner, Lesson, perceptual_lesson, temporal_lesson

from kunster.data.style import Style
from kunster.data.synthetic import SyntheticClips
from kunster.losses.slim import load_slim
from kunster.machine.hardware import choose_hardware
from kunster.objectives.stage import adam_by_fan_in, one_cycle
from kunster.run.pace import seconds_a_step

from ..random_networks import describe

OPTIMISATION = (partial(adam_by_fan_in, lr=0.01), one_cycle)
WEIGHTS = {
    **{"content_weight": 1.0, "style_weight": 1.0, "tv_weight": 1.0, "grid_weight": 1.0},
    "surround": 8,
}


@pytest.fixture
def learner() -> Learner:
    torch.manual_seed(0)
    description, perceptual = describe(alpha=0.125), load_slim()
    picture = torch.rand(1, 3, 64, 64)
    style = Style(perceptual.style_targets(picture), picture[0], {})
    hardware = choose_hardware(accelerator="cpu", precision="32-true")
    return Learner(description.build(), description, perceptual, style, 1.0, hardware)


def lesson_of(stage: str, learner: Learner, photos) -> Lesson:
    if stage == "perceptual":
        settings = {**WEIGHTS, "size": 64, "crop_scale": [0.6, 1.0], "jitter": 0.3, "batch": 2}
        return perceptual_lesson(learner, settings, OPTIMISATION, photos, "two photos", 0)
    settings = {**WEIGHTS, "output_weight": 1.0, "feature_weight": 1.0, "luminance": True}
    clips = SyntheticClips(photos, (64, 64))
    settings = {**settings, "both_frames": True, "batch": 1}
    return temporal_lesson(learner, settings, OPTIMISATION, clips)


@pytest.mark.parametrize("stage", ["perceptual", "temporal"])
def test_the_lesson_and_the_random_numbers_stay_as_they_were(stage, learner, photos):
    lesson = lesson_of(stage, learner, photos)
    before = {name: value.clone() for name, value in lesson.module.state_dict().items()}
    random = torch.get_rng_state()

    seconds = seconds_a_step(lesson, learner.hardware)

    assert seconds > 0
    assert torch.equal(torch.get_rng_state(), random)
    after = lesson.module.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert all(parameter.grad is None for parameter in lesson.module.parameters())
