"""Just enough of a trainer and of a stage to call hooks with."""

from types import SimpleNamespace

import lightning as L
import pytest
import torch
from torch import nn

from kunster.objectives.stage import StageObjective

from .clock import Clock


@pytest.fixture
def clock(monkeypatch):
    """The time of looks, in `clock.now`."""
    clock = Clock()
    monkeypatch.setattr("kunster.callbacks.look_clock.time", clock)
    return clock


@pytest.fixture
def trainer(tmp_path):
    return SimpleNamespace(
        global_step=0,
        max_steps=100,
        is_global_zero=True,
        world_size=1,
        default_root_dir=str(tmp_path),
        loggers=[],
        checkpoint_callbacks=[],
        callback_metrics={},
        optimizers=[torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.5)],
    )


class Stage(StageObjective):
    def __init__(self) -> None:
        L.LightningModule.__init__(self)
        self.network = nn.Identity()
        self.loss = nn.Module()
        self.loss.terms = nn.ModuleDict({name: nn.Identity() for name in ("content", "mine")})
        self.description = {}

    def losses(self, batch, turn=0, styles=None):
        return {}


@pytest.fixture
def module():
    """A stage of two terms whose network gives back what it gets."""
    return Stage()
