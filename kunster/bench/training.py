"""Stage-1 steps: the plain recipe of public example scripts against ours."""

from functools import partial

import torch
from torch import Tensor

from kunster.bench.ours import (
    OPTIMISATION,
    WEIGHTS,
    Load,
    our_step,
    our_terms,
    prepared,
    random_vgg16,
)
from kunster.bench.plain import PlainTerms
from kunster.bench.steps import Contest, Step, optimised
from kunster.losses.slim import load_slim
from kunster.machine.hardware import Hardware
from kunster.networks.stylizer import kunster
from kunster.objectives.perceptual import PerceptualObjective
from kunster.objectives.stage import weighted_sum

BATCH = {"cpu": 4, "mps": 4, "cuda": 32}  # photos a step


def plain_step(load: Load, device: str, batch: int, size: tuple[int, int]) -> Step:
    """float32, NCHW; VGG16 run to relu4_3 on the photo and on the stylised picture alike."""
    network = kunster().to(device)
    photos = torch.rand(batch, 3, *size, device=device)
    painting = torch.rand(1, 3, *size, device=device)
    terms = PlainTerms(load().to(device), painting, photos)

    def loss() -> Tensor:
        return weighted_sum(terms(photos, network(photos)), WEIGHTS)

    return optimised(loss, torch.optim.Adam(network.parameters(), 1e-3))


def kunster_step(load: Load, hardware: Hardware, batch: int, size: tuple[int, int]) -> Step:
    network, painting = prepared(), torch.rand(1, 3, *size)
    photos = torch.randint(0, 256, (batch, *size, 3), dtype=torch.uint8).permute(0, 3, 1, 2)
    terms = our_terms(load(), painting, photos, hardware.feature_dtype)
    return our_step(PerceptualObjective(network, terms, *OPTIMISATION), photos, hardware)


def contest(hardware: Hardware, batch: int, size: tuple[int, int]) -> Contest:
    """On pictures of `size` (height, width)."""
    work = (batch, size)
    return Contest(
        f"stage-1 step, {size[1]}x{size[0]}, batch {batch}",
        batch,
        {
            "plain recipe, vgg16": partial(plain_step, random_vgg16, hardware.accelerator, *work),
            "kunster, vgg16": partial(kunster_step, random_vgg16, hardware, *work),
            "kunster, slim": partial(kunster_step, load_slim, hardware, *work),
        },
    )
