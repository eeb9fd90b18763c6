"""Stage 1: content, style and total variation (Johnson et al. 2016; eq. 1 of the paper)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import lightning as L
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from kunster.errors import UserError
from kunster.losses.features import PerceptualNetwork
from kunster.losses.perceptual import content_loss, style_loss, total_variation

LOG_EVERY = 10  # steps


class PerceptualTerms(nn.Module):
    """γ content + ρ style + τ total variation of stylised photos, each relative (see `losses`).

    Args:
        perceptual: frozen features.
        targets: the painting's Gram matrix (K, K) at each style layer.
        energy: mean energy of photos' content features, from `PerceptualNetwork.content_energy`.
        content_weight: γ. 1 is the energy of the photo's own features.
        style_weight: ρ, for the sum over layers of relative squared Gram distances.
        tv_weight: τ, for the mean squared difference of neighbouring pixels.
    """

    energy: Tensor

    def __init__(
        self,
        perceptual: PerceptualNetwork,
        targets: Sequence[Tensor],
        energy: Tensor,
        content_weight: float,
        style_weight: float,
        tv_weight: float,
    ) -> None:
        super().__init__()
        for name, weight in [
            ("content", content_weight),
            ("style", style_weight),
            ("tv", tv_weight),
        ]:
            if not weight >= 0:
                raise UserError(f"{name}_weight={weight:g}: must be 0 or more")
        self.perceptual = perceptual
        self.weights = {"content": content_weight, "style": style_weight, "tv": tv_weight}
        self.register_buffer("energy", energy.detach().float(), persistent=False)
        for index, target in enumerate(targets):
            self.register_buffer(f"target_{index}", target.detach().float(), persistent=False)

    def forward(self, photos: Tensor, stylized: Tensor) -> dict[str, Tensor]:
        """Each term unweighted, and `loss`, of pictures (B, 3, H, W), RGB in [0, 1]."""
        layers, content = self.perceptual.style_layers, self.perceptual.content_layer
        with torch.no_grad():
            (before,) = self.perceptual.features(photos, [content])
        after = dict(zip(layers, self.perceptual.features(stylized, layers), strict=True))
        grams = [self.perceptual.style_gram(after[layer], layer) for layer in layers]
        targets = [getattr(self, f"target_{index}") for index in range(len(layers))]
        terms = {
            "content": content_loss(
                after[content] - before, self.energy, self.perceptual.metric(content)
            ),
            "style": style_loss(grams, targets),
            "tv": total_variation(stylized.float()),
        }
        terms["loss"] = torch.stack(
            [self.weights[name] * term for name, term in terms.items()]
        ).sum()
        return terms


class PerceptualObjective(L.LightningModule):
    """Trains `network` on batches of photos, uint8 (B, 3, H, W).

    Args:
        network: the stylizer.
        terms: the objective.
        optimizer: called with the parameters.
        schedule: called with the optimiser and the number of steps.
        description: kept in every checkpoint, so that it can be read without its configuration.
    """

    def __init__(
        self,
        network: nn.Module,
        terms: PerceptualTerms,
        optimizer: Callable[[Iterable[nn.Parameter]], Optimizer],
        schedule: Callable[[Optimizer, int], LRScheduler],
        description: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.terms = terms
        self.optimizer = optimizer
        self.schedule = schedule
        self.description = dict(description or {})

    def forward(self, photos: Tensor) -> Tensor:
        return self.network(photos)

    def training_step(self, batch: Tensor, index: int) -> Tensor:
        photos = as_frames(batch)
        stylized = self.network(photos)
        with torch.autocast(photos.device.type, enabled=False):
            terms = self.terms(photos, stylized)
        if self._logs_this_step():
            self.log_dict({f"train/{name}": term.detach() for name, term in terms.items()})
        return terms["loss"]

    def _logs_this_step(self) -> bool:
        # logging costs milliseconds, as much as a tenth of a small network's step
        step = self.global_step + 1
        return step % LOG_EVERY == 0 or step == self.trainer.max_steps

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        if not self._logs_this_step():
            return
        gradients = [p.grad for p in self.network.parameters() if p.grad is not None]
        self.log("train/gradient_norm", torch.nn.utils.get_total_norm(gradients))

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        optimizer = self.optimizer(self.network.parameters())
        schedule = self.schedule(optimizer, self.trainer.max_steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["description"] = self.description


def as_frames(batch: Tensor) -> Tensor:
    """uint8 (B, 3, H, W) to RGB in [0, 1], channels last."""
    return (batch.float() / 255).contiguous(memory_format=torch.channels_last)


def one_cycle(optimizer: Optimizer, steps: int, warmup: float = 0.1) -> LRScheduler:
    """Rises over `warmup` of the steps to the optimiser's learning rate, then falls as a cosine."""
    peaks = [group["lr"] for group in optimizer.param_groups]
    return torch.optim.lr_scheduler.OneCycleLR(
        optimizer, peaks, total_steps=steps + 1, pct_start=warmup, cycle_momentum=False
    )
