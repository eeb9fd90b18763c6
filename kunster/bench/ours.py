"""What `kunster.run` does in a step on this machine, in either stage."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from kunster.bench.steps import Step, optimised
from kunster.losses.features import PerceptualNetwork, Weights
from kunster.losses.weights import IMAGENET_MEAN, VGG16
from kunster.machine.hardware import Hardware, keep_freed_memory
from kunster.networks.stylizer import Stylizer, kunster
from kunster.objectives.perceptual import PerceptualTerms
from kunster.objectives.stage import StageObjective, as_frames, one_cycle

VGG16_WIDTHS = (64, 128, 256, 512)
WEIGHTS = {"content": 1.0, "style": 4.0, "tv": 1.0}
OPTIMISATION = (partial(torch.optim.Adam, lr=1e-3, fused=True), one_cycle)

Load = Callable[[], PerceptualNetwork]


def prepared() -> Stylizer:
    """What every run prepares: memory, and the network's layout."""
    keep_freed_memory()
    return kunster().to(memory_format=torch.channels_last)


def our_terms(
    perceptual: PerceptualNetwork, painting: Tensor, photos: Tensor, dtype: torch.dtype
) -> PerceptualTerms:
    """Those of stage 1; the perceptual network is cast in place.

    Args:
        painting: RGB in [0, 1], (1, 3, H, W).
        photos: uint8 (B, 3, H, W).
    """
    return PerceptualTerms(
        perceptual.cast(dtype),
        perceptual.style_targets(painting),
        perceptual.content_energy(as_frames(photos)),
        *WEIGHTS.values(),
    )


def our_step(stage: StageObjective, batch: Any, hardware: Hardware) -> Step:
    """Lowers the stage's loss on that batch, again and again."""
    from lightning.fabric.utilities import move_data_to_device

    device, mixed = torch.device(hardware.accelerator), hardware.precision == "bf16-mixed"
    stage, there = stage.to(device), move_data_to_device(batch, device)
    stage.quicken(hardware.compile, hardware.graphs)

    def loss() -> Tensor:
        with torch.autocast(device.type, torch.bfloat16, enabled=mixed):
            return stage.losses(there)["loss"]

    return optimised(loss, stage.optimizer(stage.network.parameters()), stage.bound_gradient)


def random_vgg16() -> PerceptualNetwork:
    """VGG16 with random weights: its speed is the real one's."""
    convolutions, channels = {}, 3
    for name in VGG16.layers():
        if name.startswith("conv"):
            width = VGG16_WIDTHS[int(name[4]) - 1]
            weight = torch.randn(width, channels, 3, 3) * (2 / (9 * channels)) ** 0.5
            convolutions[name] = (weight, torch.zeros(width))
            channels = width
    return PerceptualNetwork(Weights(VGG16, convolutions, IMAGENET_MEAN))
