from types import SimpleNamespace

import pytest
import torch

from kunster.callbacks.acceleration import Acceleration
from kunster.errors import UserError


@pytest.mark.parametrize(("device", "count"), [("cpu", 1), ("cuda", 2)])
def test_graphs_take_one_cuda_device(trainer, module, device, count):
    trainer.strategy, trainer.world_size = SimpleNamespace(root_device=torch.device(device)), count
    Acceleration().setup(trainer, module, "fit")
    with pytest.raises(UserError, match="graphs=true: takes CUDA, and one device"):
        Acceleration(graphs=True).setup(trainer, module, "fit")
