"""What the configuration says of an objective arrives in the stage."""

from functools import partial

import pytest
import torch

from kunster.assets.style import Style
from kunster.data.synthetic import SyntheticClips
from kunster.hardware import choose_hardware
from kunster.losses.slim import load_slim
from kunster.losses.temporal import output_loss
from kunster.objectives.stage import adam_by_fan_in, as_frames, one_cycle
from kunster.stages import Learner, temporal_lesson

from .random_networks import describe

SETTINGS = {
    **{"content_weight": 1.0, "style_weight": 1.0, "tv_weight": 1.0, "output_weight": 1.0},
    "surround": 8,
    **{"feature_weight": 0.0, "both_frames": True, "batch": 1},
}


@pytest.mark.parametrize("luminance", [True, False])
def test_light_counts_as_an_error_where_the_configuration_says_so(luminance, photos):
    torch.manual_seed(0)
    description, slim = describe(alpha=0.125), load_slim()
    picture = torch.rand(1, 3, 64, 64)
    hardware = choose_hardware(accelerator="cpu", precision="32-true")
    style = Style(slim.style_targets(picture), picture[0], {})
    learner = Learner(description.build(), description, slim, style, 1.0, hardware)
    clips = SyntheticClips(photos, (64, 64))
    settings = {**SETTINGS, "luminance": luminance}
    optimisation = (partial(adam_by_fan_in, lr=0.01), one_cycle)
    module = temporal_lesson(learner, settings, optimisation, clips).module

    batch = clips.batch(0, 1)
    frames = as_frames(batch.frames[0])
    stylized = learner.network(frames)[None]
    video = frames[None] if luminance else None
    expected = output_loss(stylized, video, batch.flow, batch.traceable)
    torch.testing.assert_close(module.losses(batch)["output"], expected, rtol=1e-3, atol=0)
