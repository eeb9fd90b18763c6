"""Winograd's convolution is the convolution, value and gradient."""

import pytest
import torch
from torch.nn import functional as F
from torch.nn.grad import conv2d_input

from kunster.losses.frozen import FrozenConvReLU
from kunster.losses.winograd import FEWEST, convolve, is_quicker, transformed


@pytest.fixture
def case():
    torch.manual_seed(0)
    inputs = torch.randn(1, 24, 12, 20).contiguous(memory_format=torch.channels_last)
    return inputs, torch.randn(16, 24, 3, 3) / 12, torch.randn(16)


def test_it_is_the_convolution(case):
    inputs, kernels, _ = case
    found = convolve(inputs, transformed(kernels))
    torch.testing.assert_close(found, F.conv2d(inputs, kernels, padding=1), rtol=1e-4, atol=1e-4)


def test_gradients_agree_with_the_direct_ones(case):
    inputs, kernels, bias = case
    turned = kernels.flip(2, 3).transpose(0, 1)
    quick = (transformed(kernels), transformed(turned))
    images = inputs.clone().requires_grad_()
    outputs = FrozenConvReLU.apply(images, kernels, bias, quick)
    weights = torch.randn_like(outputs)
    (outputs * weights).sum().backward()
    expected = F.conv2d(inputs, kernels, bias, padding=1).relu()
    torch.testing.assert_close(outputs, expected, rtol=1e-4, atol=1e-4)
    gradient = conv2d_input(inputs.shape, kernels, weights * (expected > 0), padding=1)
    torch.testing.assert_close(images.grad, gradient, rtol=1e-4, atol=1e-4)


def test_it_is_for_many_channels_on_whole_tiles_in_float32(case):
    inputs, few, _ = case
    many = torch.empty(256, FEWEST // 256, 3, 3)
    assert is_quicker(inputs, many)
    assert not is_quicker(inputs, few)
    assert not is_quicker(inputs[..., :10], many)
    assert not is_quicker(inputs.double(), many)
    assert not is_quicker(inputs.expand(2, -1, -1, -1), many)
