"""Base of both stages: a step that logs its terms, the optimiser, the checkpoint's label."""

import copy
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import lru_cache
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
from kunster.networks.stylizer import Stylizer
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
        paintings: the styles to learn; several take turns with a network of as many.
        sample: pictures as the stage will see them, uint8 (B, 3, H, W).
        description: kept in every checkpoint, so that it can be read without its configuration.

    Raises:
        UserError: an argument is impossible, the optimiser's and the schedule's included.
    """

    pictures: Sequence[Tensor] = ()  # of the paintings, (3, H, W), RGB in [0, 1]

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
        paintings: Sequence[Painting],
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
        self.pictures = [painting.picture for painting in paintings]
        photos = sample.float() / 255
        self.loss = ObjectiveLoss(terms, copy.deepcopy(perceptual), paintings, photos, surround)

    @abstractmethod
    def losses(self, batch: Any, turn: int = 0, styles: Tensor | None = None) -> dict[str, Tensor]:
        """Every term unweighted, and `loss`.

        Args:
            turn: 0 and 1 from step to step.
            styles: number of its painting for each photo or pair, (B,); None: the first.
        """

    def paint_as(self, styles: Tensor | None) -> None:
        """Chooses the styles of a network of several for the batch that follows."""
        if len(self.pictures) > 1:
            chosen = torch.zeros(1, dtype=torch.long) if styles is None else styles
            shares = nn.functional.one_hot(chosen, len(self.pictures)).float()
            assert isinstance(self.network, Stylizer)
            self.network.mix(shares.to(self.device))

    def styles_of(self, batch: Any) -> Tensor | None:
        """The painting of each photo or pair of the next batch; None where there is only one."""
        if len(self.pictures) < 2:
            return None
        count = len(batch[0] if isinstance(batch, tuple) else batch)
        first = (self.global_step * self.trainer.world_size + self.global_rank) * count
        return in_turn(first, count, len(self.pictures)).to(self.device)

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
        terms = self.losses(batch, self.global_step % 2, self.styles_of(batch))
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
        optimizer = self.optimizer(learned(self.network))
        schedule = self.schedule(optimizer, self.steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["description"] = self.description


def learned(network: nn.Module) -> list[nn.Parameter]:
    """The parameters that are trained."""
    return [each for each in network.parameters() if each.requires_grad]


def in_turn(first: int, count: int, styles: int) -> Tensor:
    """Numbers (count,) of the styles of the pictures `first`, `first` + 1, …

    Every round has each style once, in an order of its own: as many pictures for each, and none
    always in the same turn.
    """
    places = range(first, first + count)
    return torch.stack([_round(place // styles, styles)[place % styles] for place in places])


@lru_cache(maxsize=8)
def _round(number: int, styles: int) -> Tensor:
    return torch.randperm(styles, generator=torch.Generator().manual_seed(number))


def as_frames(pictures: Tensor) -> Tensor:
    """uint8 (B, 3, H, W) to RGB in [0, 1], channels last."""
    return (pictures.float() / 255).contiguous(memory_format=torch.channels_last)
