"""Stage-1 steps: the plain recipe of public example scripts against ours."""

from functools import partial

import torch
from torch import Tensor

from kunster.benchmarks.ours import (
    OPTIMISATION,
    WEIGHTS,
    Load,
    our_step,
    our_terms,
    prepared,
    random_vgg16,
)
from kunster.benchmarks.plain import PlainTerms
from kunster.benchmarks.steps import Contest, Step, optimised
from kunster.losses.slim import load_slim
from kunster.networks.stylizer import kunster
from kunster.objectives.perceptual import PerceptualObjective
from kunster.objectives.stage import weighted_sum

BATCH, SIZE = 4, 256


def plain_step(load: Load, batch: int = BATCH, size: int = SIZE) -> Step:
    """float32, NCHW; VGG16 run to relu4_3 on the photo and on the stylised picture alike."""
    network, photos = kunster(), torch.rand(batch, 3, size, size)
    terms = PlainTerms(load(), torch.rand(1, 3, size, size), photos)

    def loss() -> Tensor:
        return weighted_sum(terms(photos, network(photos)), WEIGHTS)

    return optimised(loss, torch.optim.Adam(network.parameters(), 1e-3))


def kunster_step(load: Load, batch: int = BATCH, size: int = SIZE) -> Step:
    hardware, network = prepared()
    photos = torch.randint(0, 256, (batch, size, size, 3), dtype=torch.uint8).permute(0, 3, 1, 2)
    painting = torch.rand(1, 3, size, size)
    terms = our_terms(load(), painting, photos, hardware.feature_dtype)
    return our_step(PerceptualObjective(network, terms, *OPTIMISATION), photos, hardware)


CONTEST = Contest(
    f"stage-1 step, {SIZE}x{SIZE}, batch {BATCH}",
    BATCH,
    {
        "plain recipe, vgg16": partial(plain_step, random_vgg16),
        "kunster, vgg16": partial(kunster_step, random_vgg16),
        "kunster, slim": partial(kunster_step, load_slim),
    },
)
