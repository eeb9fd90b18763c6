"""Just enough of a trainer to call hooks with."""

from types import SimpleNamespace

import lightning as L
import pytest
import torch
from torch import nn


@pytest.fixture
def trainer():
    return SimpleNamespace(
        global_step=0,
        max_steps=100,
        is_global_zero=True,
        world_size=1,
        loggers=[],
        callback_metrics={},
        optimizers=[torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.5)],
    )


class Module(L.LightningModule):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network


@pytest.fixture
def module():
    """A stage whose network gives back what it gets."""
    return Module(nn.Identity())
