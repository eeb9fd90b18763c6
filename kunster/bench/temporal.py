"""Stage-2 steps: the plain recipe of public ReCoNet scripts against ours."""

from functools import partial

import torch
from torch import Tensor, nn

from kunster.bench.ours import (
    OPTIMISATION,
    WEIGHTS,
    Load,
    our_step,
    our_terms,
    prepared,
    random_vgg16,
)
from kunster.bench.plain import PlainTerms, feature_term, output_term
from kunster.bench.steps import Contest, Step, optimised
from kunster.data.clips import FramePairs
from kunster.losses.slim import load_slim
from kunster.machine.hardware import Hardware
from kunster.networks.stylizer import Stylizer, kunster
from kunster.objectives.stage import weighted_sum
from kunster.objectives.temporal import TemporalObjective

PAIRS = {"cpu": 2, "mps": 2, "cuda": 8}  # a step
SIZE = {"cpu": "256", "mps": "256", "cuda": "640x360"}
OUTPUT_WEIGHT, FEATURE_WEIGHT = 300.0, 1.0


class PlainTemporal(nn.Module):
    """All terms of both frames; each frame goes through every network by itself.

    Args:
        terms: of stage 1.
    """

    def __init__(self, network: Stylizer, terms: PlainTerms) -> None:
        super().__init__()
        self.network, self.terms = network, terms

    def losses(self, batch: FramePairs) -> dict[str, Tensor]:
        """Every term unweighted, those of stage 1 as means over both frames."""
        first, second = (batch.frames.float() / 255).unbind(dim=1)
        mask = batch.traceable[:, None].float()
        features_first, features_second = self.network.encode(first), self.network.encode(second)
        stylized_first = self.network.decode(features_first)
        stylized_second = self.network.decode(features_second)
        terms_first = self.terms(first, stylized_first)
        terms_second = self.terms(second, stylized_second)
        return {
            **{name: (terms_first[name] + terms_second[name]) / 2 for name in terms_first},
            "output": output_term(
                (stylized_first, stylized_second), (first, second), batch.flow, mask
            ),
            "feature": feature_term((features_first, features_second), batch.flow, mask),
        }


def plain_step(load: Load, device: str, pairs: int, size: tuple[int, int]) -> Step:
    """float32, NCHW; nothing is shared between the frames, and all features are computed."""
    frames, flow, traceable = (part.to(device) for part in random_pairs(pairs, size))
    batch, network = FramePairs(frames.contiguous(), flow, traceable), kunster().to(device)
    photos, painting = batch.frames[:, 0].float() / 255, torch.rand(1, 3, *size, device=device)
    weights = {**WEIGHTS, "output": OUTPUT_WEIGHT, "feature": FEATURE_WEIGHT}
    objective = PlainTemporal(network, PlainTerms(load().to(device), painting, photos))

    def loss() -> Tensor:
        return weighted_sum(objective.losses(batch), weights)

    return optimised(loss, torch.optim.Adam(network.parameters(), 1e-3))


def kunster_step(
    load: Load, both_frames: bool, hardware: Hardware, pairs: int, size: tuple[int, int]
) -> Step:
    """Both frames judged by their content and style, as the paper does, or one by turns."""
    network, batch, painting = prepared(), random_pairs(pairs, size), torch.rand(1, 3, *size)
    terms = our_terms(load(), painting, batch.frames[:, 0], hardware.feature_dtype)
    stage = TemporalObjective(
        network, terms, OUTPUT_WEIGHT, FEATURE_WEIGHT, both_frames, *OPTIMISATION
    )
    return our_step(stage, batch, hardware)


def random_pairs(count: int, size: tuple[int, int]) -> FramePairs:
    """Noise, moved by up to 3 pixels, of which nine tenths can be traced; channels last."""
    frames = torch.randint(0, 256, (count, 2, *size, 3), dtype=torch.uint8)
    flow = 6 * torch.rand(count, 2, *size) - 3
    traceable = torch.rand(count, *size) < 0.9
    return FramePairs(frames.permute(0, 1, 4, 2, 3), flow, traceable)


def contest(hardware: Hardware, pairs: int, size: tuple[int, int]) -> Contest:
    """On frames of `size` (height, width)."""
    work = (pairs, size)
    return Contest(
        f"stage-2 step, {size[1]}x{size[0]}, batch {pairs} pairs",
        2 * pairs,
        {
            "plain recipe, vgg16": partial(plain_step, random_vgg16, hardware.accelerator, *work),
            "plain recipe, slim": partial(plain_step, load_slim, hardware.accelerator, *work),
            "kunster, vgg16": partial(kunster_step, random_vgg16, True, hardware, *work),
            "kunster, slim": partial(kunster_step, load_slim, True, hardware, *work),
            "kunster, vgg16, frames by turns": partial(
                kunster_step, random_vgg16, False, hardware, *work
            ),
            "kunster, slim, frames by turns": partial(
                kunster_step, load_slim, False, hardware, *work
            ),
        },
        further=(("kunster, slim", "plain recipe, slim"),),
    )
