"""What the configuration says of an objective arrives in the stage."""

from functools import partial

import pytest
import torch
from kunster.run.stages import Learner, temporal_lesson

from kunster.data.style import Style
from kunster.data.synthetic import SyntheticClips
from kunster.errors import UserError
from kunster.losses.slim import load_slim
from kunster.losses.temporal import output_loss
from kunster.machine.hardware import choose_hardware
from kunster.objectives.stage import adam_by_fan_in, as_frames, one_cycle

from ..random_networks import describe

SETTINGS = {
    **{"content_weight": 1.0, "style_weight": 1.0, "tv_weight": 1.0, "output_weight": 1.0},
    **{"surround": 8, "grid_weight": 1.0},
    **{"feature_weight": 0.0, "both_frames": True, "batch": 1},
}


OPTIMISATION = (partial(adam_by_fan_in, lr=0.01), one_cycle)


def a_learner() -> Learner:
    torch.manual_seed(0)
    description, slim = describe(alpha=0.125), load_slim()
    picture = torch.rand(1, 3, 64, 64)
    hardware = choose_hardware(accelerator="cpu", precision="32-true")
    style = Style(slim.style_targets(picture), picture[0], {})
    return Learner(description.build(), description, slim, style, 1.0, hardware)


def test_a_surround_reaches_as_far_as_a_picture_has_pixels_to_mirror(photos):
    """Mirrored without the edge itself, and one more at the far sides in every other turn."""
    clips = SyntheticClips(photos, (64, 64))
    settings = {**SETTINGS, "luminance": True, "surround": 62}
    module = temporal_lesson(a_learner(), settings, OPTIMISATION, clips).module
    assert module.losses(clips.batch(0, 1), 1)["loss"].isfinite()
    with pytest.raises(UserError, match="surround=63: must be at most 62"):
        temporal_lesson(a_learner(), {**settings, "surround": 63}, OPTIMISATION, clips)


@pytest.mark.parametrize("luminance", [True, False])
def test_light_counts_as_an_error_where_the_configuration_says_so(luminance, photos):
    learner, clips = a_learner(), SyntheticClips(photos, (64, 64))
    settings = {**SETTINGS, "luminance": luminance}
    module = temporal_lesson(learner, settings, OPTIMISATION, clips).module

    batch = clips.batch(0, 1)
    frames = as_frames(batch.frames[0])
    stylized = learner.network(frames)[None]
    video = frames[None] if luminance else None
    expected = output_loss(stylized, video, batch.flow, batch.traceable)
    torch.testing.assert_close(module.losses(batch)["output"], expected, rtol=1e-3, atol=0)
