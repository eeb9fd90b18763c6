"""A network of another tool, and photos for it to paint."""

import pytest
import torch
from torch.nn import functional as F

from .fast_neural_style import TransformerNet


@pytest.fixture(scope="module")
def pictures(photos) -> torch.Tensor:
    resized = [torch.from_numpy(photo).permute(2, 0, 1)[None] / 255 for photo in photos]
    return torch.cat([F.interpolate(photo, (48, 64), mode="area") for photo in resized])


@pytest.fixture(scope="module")
def theirs(pictures) -> TransformerNet:
    """Random, but its outputs on photographs have the mean and contrast of a picture."""
    torch.manual_seed(3)
    network = TransformerNet().requires_grad_(False).eval()
    for parameter in network.parameters():
        if parameter.ndim == 1:
            parameter += 0.2 * torch.randn_like(parameter)
    outputs = network(255 * pictures)
    last, gain = network.deconv3.conv2d, 50 / outputs.std()
    last.weight.mul_(gain)
    last.bias.sub_(outputs.mean()).mul_(gain).add_(110)
    return network
