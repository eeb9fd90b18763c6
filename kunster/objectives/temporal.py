"""Stage 2: the perceptual terms, and consistency along the motion (Gao et al. 2018)."""

from typing import Any

import torch
from torch import Tensor, nn

from kunster.data.clips import FramePairs
from kunster.losses.temporal import feature_loss, output_loss
from kunster.machine.devices import mean_over_devices
from kunster.networks.stylizer import Stylizer
from kunster.objectives.perceptual import PerceptualTerms
from kunster.objectives.stage import StageObjective, as_frames, check_weights, weighted_sum


class TemporalObjective(StageObjective):
    """Stage 2, on batches of frame pairs.

    Args:
        terms: the perceptual objective.
        output_weight: λ_o, for `output_loss`.
        feature_weight: λ_f, for `feature_loss`.
        both_frames: judge the style and content of both frames, as the paper does; otherwise of
            one, by turns, which leaves time for more pairs.
        luminance: let the picture's light change with the video's (see `output_loss`).
    """

    network: Stylizer

    def __init__(
        self,
        network: nn.Module,
        terms: PerceptualTerms,
        output_weight: float,
        feature_weight: float,
        both_frames: bool,
        *optimisation: Any,
        luminance: bool = True,
    ) -> None:
        super().__init__(network, *optimisation)
        self.terms = terms
        self.weights = {"output": output_weight, "feature": feature_weight}
        check_weights(self.weights)
        self.both_frames, self.luminance = both_frames, luminance

    def losses(self, batch: FramePairs, turn: int = 0) -> dict[str, Tensor]:
        frames = as_frames(batch.frames.flatten(0, 1))
        features = self.network.encode(frames)
        stylized = self.network.decode(features)
        pairs = (-1, 2)
        with torch.autocast(frames.device.type, enabled=False):
            shown = self._shown(len(frames), turn)
            terms = self.terms(frames[shown], stylized[shown], turn)
            temporal = {
                "output": output_loss(
                    stylized.unflatten(0, pairs),
                    frames.unflatten(0, pairs) if self.luminance else None,
                    batch.flow,
                    batch.traceable,
                ),
                "feature": feature_loss(
                    features.unflatten(0, pairs), batch.flow, batch.traceable, mean_over_devices
                )
                if self.weights["feature"]
                else features.new_zeros(()),
            }
        loss = terms["loss"] + weighted_sum(temporal, self.weights)
        return {**terms, **temporal, "loss": loss}

    def _shown(self, count: int, turn: int) -> slice:
        """Which frames, of pairs one after another, are judged in this step."""
        return slice(None) if self.both_frames else slice(turn, count, 2)
