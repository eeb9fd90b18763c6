"""Base of both stages: a step that logs its terms, the optimiser, the checkpoint's label."""

import copy
from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any

import lightning as L
import torch
from annotated_types import Ge
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn
from torch.optim import Optimizer

from kunster.errors import UserError
from kunster.losses.features import PerceptualNetwork
from kunster.losses.objective_loss import ObjectiveLoss, Surround
from kunster.losses.term import Painting, Term
from kunster.machine.cuda_graphs import RecordedLosses
from kunster.machine.hardware import feature_dtype
from kunster.objectives.optimisation import BuildOptimizer, BuildSchedule, check_optimisation

MOST_GRADIENT = 100.0  # norm; one of 100,000 stays in Adam's memory for the rest of a short run


class StageObjective(L.LightningModule):
    """Trains `network` to lower the `loss` of `losses(batch)`.

    Args:
        terms: loss terms by name.
        steps: optimiser steps of the stage.
        optimizer: called with the parameters.
        schedule: called with the optimiser and the number of steps.
        surround: see `ObjectiveLoss`.
        network: the stylizer.
        perceptual: frozen features; copied.
        painting: the style to learn.
        sample: pictures as the stage will see them, uint8 (B, 3, H, W).
        description: kept in every checkpoint, so that it can be read without its configuration.

    Raises:
        UserError: an argument is impossible, the optimiser's and the schedule's included.
    """

    def __init__(
        self,
        terms: Mapping[str, Term],
        steps: Annotated[int, Ge(1)],
        optimizer: BuildOptimizer,
        schedule: BuildSchedule,
        surround: Surround = 0,
        *,
        network: nn.Module,
        perceptual: PerceptualNetwork,
        painting: Painting,
        sample: Tensor,
        description: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        if steps < 1:
            raise UserError(f"steps={steps}: must be a whole number from 1 up")
        self.network, self.steps = network, steps
        self.optimizer, self.schedule = optimizer, schedule
        self.description = dict(description or {})
        check_optimisation(optimizer, schedule)
        self.picture = painting.picture
        photos = sample.float() / 255
        self.loss = ObjectiveLoss(terms, copy.deepcopy(perceptual), painting, photos, surround)

    @abstractmethod
    def losses(self, batch: Any, turn: int = 0) -> dict[str, Tensor]:
        """Every term unweighted, and `loss`; `turn` is 0 and 1 from step to step."""

    def quicken(self, compile: bool, graphs: bool) -> None:
        """Compiles networks and losses as one function, records them as CUDA graphs, or both."""
        if compile:
            mode = "reduce-overhead" if graphs else None
            self.losses = torch.compile(self.losses, mode=mode, dynamic=False)  # type: ignore[method-assign]
        elif graphs:
            self.losses = RecordedLosses(self.network, self.losses)  # type: ignore[method-assign]

    def setup(self, stage: str) -> None:
        self.use_precision(str(self.trainer.precision))

    def use_precision(self, precision: str) -> None:
        """Puts the perceptual network into the number format of Lightning's `precision`.

        Autocast would convert its frozen weights anew in every step.
        """
        self.loss.perceptual.cast(feature_dtype(precision))

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
        every: int = self.trainer.log_every_n_steps  # type: ignore[attr-defined]
        return step % every == 0 or step == self.trainer.max_steps

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
        schedule = self.schedule(optimizer, self.steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["description"] = self.description


def as_frames(pictures: Tensor) -> Tensor:
    """uint8 (B, 3, H, W) to RGB in [0, 1], channels last."""
    return (pictures.float() / 255).contiguous(memory_format=torch.channels_last)
