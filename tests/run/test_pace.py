"""Timing a few steps must not change what is timed."""

import lightning as L
import pytest
import torch

from kunster.data.clip_modules import MovingPhotos
from kunster.data.photo_modules import PhotoModule
from kunster.data.scenes import scene
from kunster.run.pace import seconds_a_step

from ..small_stages import small_stage


class Two(PhotoModule):
    def __init__(self, two, **crops):
        super().__init__(size=64, **crops)
        self.two = two

    def load_photos(self):
        return self.two


@pytest.mark.parametrize("stage", ["perceptual", "temporal"])
def test_the_stage_and_the_random_numbers_stay_as_they_were(stage):
    crops = Two([scene(number, size=96) for number in range(2)], batch=2)
    data = crops if stage == "perceptual" else MovingPhotos(crops, (64, 64))
    objective = small_stage(stage)
    before = {name: value.clone() for name, value in objective.state_dict().items()}
    random = torch.get_rng_state()
    probe = L.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False)

    assert seconds_a_step(objective, data, probe) > 0
    assert seconds_a_step(objective, data, probe, steps=10**9, limit=0.01) > 0
    assert torch.equal(torch.get_rng_state(), random)
    after = objective.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert all(parameter.grad is None for parameter in objective.parameters())
