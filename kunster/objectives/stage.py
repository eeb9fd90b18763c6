"""What both stages share: a step that logs its terms, the optimiser, the checkpoint's label."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import lightning as L
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from kunster.errors import UserError
from kunster.machine.cuda_graphs import RecordedLosses

LOG_EVERY = 10  # steps
MOST_GRADIENT = 100.0  # norm; one of 100,000 stays in Adam's memory for the rest of a short run
TUNED_FAN_IN = 432  # 16 channels, 3×3, side 3: of id 14, for which conf/objective was tuned


class StageObjective(L.LightningModule):
    """Trains `network` to lower the `loss` of `losses(batch)`.

    Args:
        network: the stylizer.
        optimizer: called with the parameters.
        schedule: called with the optimiser and the number of steps.
        description: kept in every checkpoint, so that it can be read without its configuration.
    """

    def __init__(
        self,
        network: nn.Module,
        optimizer: Callable[[Iterable[nn.Parameter]], Optimizer],
        schedule: Callable[[Optimizer, int], LRScheduler],
        description: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.optimizer = optimizer
        self.schedule = schedule
        self.description = dict(description or {})

    @abstractmethod
    def losses(self, batch: Any, turn: int = 0) -> dict[str, Tensor]:
        """Every term unweighted, and `loss`; `turn` is 0 and 1 from step to step."""

    def quicken(self, compile: bool, graphs: bool) -> None:
        """Networks and losses compiled as one function, or recorded as CUDA graphs, or both."""
        if compile:
            mode = "reduce-overhead" if graphs else None
            self.losses = torch.compile(self.losses, mode=mode, dynamic=False)  # type: ignore[method-assign]
        elif graphs:
            self.losses = RecordedLosses(self.network, self.losses)  # type: ignore[method-assign]

    def forward(self, photos: Tensor) -> Tensor:
        return self.network(photos)

    def training_step(self, batch: Any, index: int) -> Tensor:
        terms = self.losses(batch, self.global_step % 2)
        if self._logs_this_step():
            # copies, because the next replay of a CUDA graph writes over its outputs
            kept = {f"train/{name}": term.detach().clone() for name, term in terms.items()}
            self.log_dict(kept)
        return terms["loss"]

    def _logs_this_step(self) -> bool:
        # logging costs milliseconds, as much as a tenth of a small network's step
        step = self.global_step + 1
        return step % LOG_EVERY == 0 or step == self.trainer.max_steps

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        norm = self.bound_gradient()
        if self._logs_this_step():
            self.log("train/gradient_norm", norm)

    def bound_gradient(self) -> Tensor:
        """Shortens the gradient to a norm of `MOST_GRADIENT`; the norm before.

        Not by Lightning, whose clipping refuses fused optimisers under autocast.
        """
        return torch.nn.utils.clip_grad_norm_(self.network.parameters(), MOST_GRADIENT)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        optimizer = self.optimizer(self.network.parameters())
        schedule = self.schedule(optimizer, self.trainer.max_steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["description"] = self.description


def check_weights(weights: Mapping[str, float]) -> None:
    """Raises UserError for a weight below 0 or not a number."""
    for name, weight in weights.items():
        if not weight >= 0:
            raise UserError(f"{name}_weight={weight:g}: must be 0 or more")


def weighted_sum(terms: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    return torch.stack([weights[name] * term for name, term in terms.items()]).sum()


def as_frames(pictures: Tensor) -> Tensor:
    """uint8 (B, 3, H, W) to RGB in [0, 1], channels last."""
    return (pictures.float() / 255).contiguous(memory_format=torch.channels_last)


def adam_by_fan_in(parameters: Iterable[nn.Parameter], lr: float, **settings: Any) -> Optimizer:
    """Adam whose rate falls with the most values that an output of a layer sums up.

    Times the kernel's side, for neighbouring outputs sum up the same values. So one rate serves
    networks of all widths and kernels; id 14 gets `lr` itself.

    Args:
        lr: for a network whose layers have no more than `TUNED_FAN_IN`.
        settings: Adam's others.
    """
    learned = list(parameters)
    fan_in = max(each[0].numel() * each.shape[-1] if each.ndim > 1 else 1 for each in learned)
    # 3/4: 0.0042 for id 6 and 0.0006 for id 1, where 0.005 and 0.0006 were good, 0.012 for id 14
    share = min(1.0, TUNED_FAN_IN / fan_in) ** 0.75
    return torch.optim.Adam(learned, lr * share, **settings)


def held(optimizer: Optimizer, steps: int, warmup: float = 0.0) -> LRScheduler:
    """Rises over `warmup` of the steps to the optimiser's learning rate, and stays there."""
    rise = max(1.0, warmup * steps)
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / rise))


def one_cycle(optimizer: Optimizer, steps: int, warmup: float = 0.1) -> LRScheduler:
    """Rises over `warmup` of the steps to the optimiser's learning rate, then falls as a cosine."""
    peaks = [group["lr"] for group in optimizer.param_groups]
    return torch.optim.lr_scheduler.OneCycleLR(
        optimizer, peaks, total_steps=steps + 1, pct_start=warmup, cycle_momentum=False
    )
