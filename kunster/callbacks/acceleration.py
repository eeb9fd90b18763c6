"""Training steps compiled or recorded, where that makes them faster."""

import lightning as L

from kunster.errors import UserError
from kunster.objectives.stage import StageObjective


class Acceleration(L.Callback):
    """Compiles a stage's networks and losses, or records them as CUDA graphs, before it trains.

    Args:
        compile: torch.compile, which takes minutes at the start.
        graphs: losses and their gradients as CUDA graphs, which takes a second.
    """

    def __init__(self, compile: bool = False, graphs: bool = False) -> None:
        self.compile, self.graphs = compile, graphs

    def setup(self, trainer: L.Trainer, module: L.LightningModule, stage: str) -> None:
        on_one_gpu = trainer.strategy.root_device.type == "cuda" and trainer.world_size == 1
        if self.graphs and not on_one_gpu:
            raise UserError("callbacks.acceleration.graphs=true: takes CUDA, and one device")
        assert isinstance(module, StageObjective)
        module.quicken(self.compile, self.graphs)
