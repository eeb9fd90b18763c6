"""A stylizer with the faster convolutions of `kunster.networks.kernels`, which computes the same.

RGB in [0, 255] instead of [0, 1] costs nothing once it is in the weights, and is exact in bfloat16.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from kunster.networks import kernels
from kunster.networks.kernels import BLOCK, Kernel
from kunster.networks.stylizer import Stylizer
from kunster.networks.value_range import ValueRange, folded

BYTES = ValueRange((1 / 255, 1 / 255, 1 / 255), (0, 0, 0))


class PixelStylizer(nn.Module):
    """Stylizer of frames (B, 3, H, W), RGB in [0, 255]; its outputs are whole numbers in [0, 255].

    Args:
        network: in eval mode, float32; copied.
    """

    def __init__(self, network: Stylizer) -> None:
        super().__init__()
        # a network that ends in tanh returns [0, 1] whatever its input range
        self.scale = 255.0 if network.tanh else 1.0
        self.network = rewritten(folded(network, BYTES))

    def forward(self, frames: Tensor) -> Tensor:
        stylized: Tensor = self.network(frames)
        if self.scale != 1:
            stylized = stylized * self.scale
        return stylized.clamp(0, 255).round()


def with_transposed(network: Stylizer) -> Stylizer:
    """Replaces the two doublings in place by transposed convolutions; returns the network."""
    return _with_doublings(network, _doubling)


def rewritten(network: Stylizer, transposed: bool = True) -> Stylizer:
    """Replaces the decoder in place by a faster one that computes the same; returns the network.

    Args:
        transposed: double by transposed convolutions; else by plain ones to blocks of 2x2 pixels,
            which is as much work.
    """
    doubling = _doubling if transposed else _doubling_by_blocks
    half, full, last = _with_doublings(network, doubling).decoder
    assert isinstance(last, nn.Conv2d)
    network.decoder = nn.Sequential(
        half, full, nn.Sequential(_blockwise(last), nn.PixelShuffle(BLOCK))
    )
    return network


def _with_doublings(network: Stylizer, doubling: Callable[[nn.Conv2d], nn.Module]) -> Stylizer:
    half, full, last = network.decoder
    network.decoder = nn.Sequential(_with(doubling, half), _with(doubling, full), last)
    return network


def _with(doubling: Callable[[nn.Conv2d], nn.Module], block: nn.Module) -> nn.Sequential:
    """A block of convolution, norm and activation with another convolution."""
    convolution, norm, activation = block.children()
    assert isinstance(convolution, nn.Conv2d)
    return nn.Sequential(doubling(convolution), norm, activation)


def _doubling(convolution: nn.Conv2d) -> nn.Module:
    kernel = kernels.doubling(_kernel(convolution))
    inputs, outputs = kernel.weight.shape[:2]
    new = nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=3)
    return nn.Sequential(nn.ReplicationPad2d(1), _filled(new, kernel))


def _doubling_by_blocks(convolution: nn.Conv2d) -> nn.Module:
    new = _convolution(kernels.doubling_by_blocks(_kernel(convolution)))
    cut = nn.ZeroPad2d(-1)  # the rows outside the doubled picture
    return nn.Sequential(nn.ReplicationPad2d(1), new, nn.PixelShuffle(BLOCK), cut)


def _blockwise(convolution: nn.Conv2d) -> nn.Module:
    new = _convolution(kernels.blockwise(_kernel(convolution)), stride=BLOCK)
    return nn.Sequential(nn.ReflectionPad2d(convolution.kernel_size[0] // 2), new)


def _kernel(convolution: nn.Conv2d) -> Kernel:
    assert convolution.bias is not None
    return Kernel(convolution.weight.detach().numpy(), convolution.bias.detach().numpy())


def _convolution(kernel: Kernel, stride: int = 1) -> nn.Module:
    outputs, inputs, size = kernel.weight.shape[:3]
    return _filled(nn.Conv2d(inputs, outputs, size, stride), kernel)


def _filled(new: nn.Conv2d | nn.ConvTranspose2d, kernel: Kernel) -> nn.Module:
    new.weight = nn.Parameter(torch.from_numpy(kernel.weight))
    new.bias = nn.Parameter(torch.tensor(kernel.bias))
    return new
