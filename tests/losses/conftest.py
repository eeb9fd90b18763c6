"""A perceptual network that is small enough to follow by hand."""

import pytest
import torch

from kunster.losses.features import Architecture, PerceptualNetwork


@pytest.fixture
def perceptual() -> PerceptualNetwork:
    """Four channels at relu1_1, five at relu2_1."""
    torch.manual_seed(0)
    convolutions = {
        "conv1_1": (torch.randn(4, 3, 3, 3) / 3, torch.randn(4) / 4),
        "conv2_1": (torch.randn(5, 4, 3, 3) / 4, torch.randn(5) / 4),
    }
    architecture = Architecture((1, 1), ("relu1_1", "relu2_1"), "relu2_1")
    return PerceptualNetwork(architecture, convolutions, (0.5, 0.4, 0.3))
