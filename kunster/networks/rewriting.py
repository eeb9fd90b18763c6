"""Exact rewritings of a stylizer for faster inference.

- Doubling by the nearest neighbour, then a 3x3 convolution, multiplies every pixel up to four
  times by weights that could be added first: a transposed 4x4 convolution of stride 2, 16 products
  for four pixels instead of 36.
- The last convolution has 3 outputs, and processors compute 8 or 16 side by side. One that makes
  four pixels at once (2x2, its kernel one wider) fills them.
- Narrow networks waste those places at the full resolution. A `packed` network has four times the
  channels there at half the resolution: the 2x2 pixels of a block one after another.
- RGB in [0, 255] instead of [0, 1] costs nothing once it is in the weights, and is exact in
  bfloat16.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from kunster.networks.layers import FilterResponseNorm, ThresholdedLinearUnit
from kunster.networks.stylizer import Stylizer
from kunster.networks.value_range import ValueRange, folded

BYTES = ValueRange((1 / 255, 1 / 255, 1 / 255), (0, 0, 0))
BLOCK = 2  # pixels, both ways
# Where an output takes its inputs, along one axis: (the output's phase in its block, tap of the old
# kernel) to (the input's phase in its block, tap of the new kernel).
Places = Callable[[int, int], tuple[int, int]]


class PixelStylizer(nn.Module):
    """Stylizer of frames (B, 3, H, W), RGB in [0, 255]; its outputs are whole numbers in [0, 255].

    Args:
        network: in eval mode, float32; copied.
        packed: hold the full resolution in blocks of 2x2 pixels; only if `can_be_packed`.
    """

    def __init__(self, network: Stylizer, packed: bool = False) -> None:
        super().__init__()
        # a network that ends in tanh returns [0, 1] whatever its input range
        self.scale = 255.0 if network.tanh else 1.0
        network = folded(network, BYTES)
        self.network = _packed(network) if packed else rewritten(network)

    def forward(self, frames: Tensor) -> Tensor:
        stylized: Tensor = self.network(frames)
        if self.scale != 1:
            stylized = stylized * self.scale
        return stylized.clamp(0, 255).round()


def can_be_packed(network: Stylizer) -> bool:
    """True if the first and last kernels are 3x3: reflection repeats the edge of the blocks."""
    return all(
        network.get_submodule(name).kernel_size == (3, 3) for name in ("encoder.0.0", "decoder.2")
    )


class PackedNorm(nn.Module):
    """The norm of C channels for 4 C channels, four in a row for each of the C."""

    def __init__(self, norm: nn.Module) -> None:
        super().__init__()
        assert isinstance(norm, nn.InstanceNorm2d | FilterResponseNorm)
        weight, bias = _repeated(norm.weight.flatten()), _repeated(norm.bias.flatten())
        self.centred, self.eps = isinstance(norm, nn.InstanceNorm2d), norm.eps
        self.weight = nn.Parameter(weight.view(1, -1, 1, 1))
        self.bias = nn.Parameter(bias.view(1, -1, 1, 1))
        four = torch.full((BLOCK**2, BLOCK**2), BLOCK**-2.0)
        self.average = nn.Conv2d(len(weight), len(weight), 1, bias=False)
        self.average.weight = nn.Parameter(
            torch.block_diag(  # type: ignore[no-untyped-call]
                *[four] * norm.weight.numel()
            )[..., None, None]
        )

    def forward(self, features: Tensor) -> Tensor:
        if self.centred:
            features = features - self.average(features.mean(dim=(2, 3), keepdim=True))
        mean_square = self.average(features.square().mean(dim=(2, 3), keepdim=True))
        return features * (torch.rsqrt(mean_square + self.eps) * self.weight) + self.bias


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


def _packed(network: Stylizer) -> Stylizer:
    first, second, *others = network.encoder
    half, full, last = network.decoder
    assert isinstance(last, nn.Conv2d)
    network.encoder = nn.Sequential(
        _with(_blockwise, first, _packed_norm), _with(_from_blocks, second), *others
    )
    network.decoder = nn.Sequential(
        _with(_doubling, half),
        _with(_doubling_to_blocks, full, _packed_norm),
        nn.Sequential(_from_blocks_to_blocks(last), nn.PixelShuffle(BLOCK)),
    )
    return network


def _with(
    rearranged: Callable[[nn.Conv2d], nn.Module],
    block: nn.Module,
    around: Callable[[nn.Module, nn.Module], tuple[nn.Module, nn.Module]] = lambda *kept: kept,
) -> nn.Sequential:
    """A block of convolution, norm and activation with another convolution."""
    convolution, norm, activation = block.children()
    assert isinstance(convolution, nn.Conv2d)
    return nn.Sequential(rearranged(convolution), *around(norm, activation))


def _doubling(convolution: nn.Conv2d) -> nn.Module:
    """Nearest-neighbour doubling, reflection and a 3x3 convolution in one.

    Row i of the input is rows 2i and 2i + 1 of the doubled one, of which tap k of the kernel sends
    row r to row r + 1 - k. What the doubled picture shows in its mirror is its own edge again.
    """
    place = torch.zeros(3, 4)  # tap of the old kernel, tap of the new one
    for tap in range(3):
        place[tap, 2 - tap] = place[tap, 3 - tap] = 1
    weight = torch.einsum("oikl,kt,lu->iotu", convolution.weight, place, place)
    inputs, outputs = weight.shape[:2]
    new = nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=3)
    new.weight, new.bias = nn.Parameter(weight), convolution.bias
    return nn.Sequential(nn.ReplicationPad2d(1), new)


def _doubling_by_blocks(convolution: nn.Conv2d) -> nn.Module:
    """Nearest-neighbour doubling and a 3x3 convolution, as a convolution to blocks of 2x2 pixels.

    Row 2i + phase - 1 of the result comes from rows i - 1 and i of the input. The first and the
    last row lie outside the doubled picture, and are cut off.
    """
    new = _rearranged(convolution, lambda phase, tap: (0, (phase + tap) // 2), (1, BLOCK), size=2)
    cut = nn.ZeroPad2d(-1)
    return nn.Sequential(nn.ReplicationPad2d(1), new, nn.PixelShuffle(BLOCK), cut)


def _blockwise(convolution: nn.Conv2d) -> nn.Module:
    """A convolution whose output is in blocks: (B, 4 C, H/2, W/2) instead of (B, C, H, W)."""
    taps = convolution.kernel_size[0]
    new = _rearranged(convolution, lambda phase, tap: (0, phase + tap), (1, BLOCK), taps + 1, BLOCK)
    return nn.Sequential(nn.ReflectionPad2d(taps // 2), new)


def _from_blocks(convolution: nn.Conv2d) -> nn.Module:
    """A 3x3 convolution of stride 2 whose input is in blocks: tap k takes row 2i + k - 1."""
    new = _rearranged(convolution, lambda _, tap: ((tap - 1) % 2, (tap + 1) // 2), (BLOCK, 1), 2)
    return nn.Sequential(nn.ReplicationPad2d((1, 0, 1, 0)), new)


def _doubling_to_blocks(convolution: nn.Conv2d) -> nn.Module:
    """Doubling and a 3x3 convolution whose output is in blocks.

    Row 2i + phase + tap - 1 of the doubled picture is row i + (phase + tap - 1) // 2 of the input.
    """
    new = _rearranged(
        convolution, lambda phase, tap: (0, (phase + tap + 1) // 2), (1, BLOCK), size=3
    )
    return nn.Sequential(nn.ReplicationPad2d(1), new)


def _from_blocks_to_blocks(convolution: nn.Conv2d) -> nn.Module:
    """A 3x3 convolution whose input and output are in blocks."""
    new = _rearranged(
        convolution,
        lambda phase, tap: ((phase + tap - 1) % 2, (phase + tap + 1) // 2),
        (BLOCK, BLOCK),
        size=3,
    )
    return nn.Sequential(nn.ReplicationPad2d(1), new)


def _rearranged(
    old: nn.Conv2d, places: Places, phases: tuple[int, int], size: int, stride: int = 1
) -> nn.Conv2d:
    """A convolution without padding whose channels are those of `old` in all phases.

    Args:
        phases: in a block, along one axis, of its inputs and of its outputs.
        size: of its kernel.
    """
    inputs, outputs = phases
    place = torch.zeros(outputs, old.kernel_size[0], inputs, size)
    for phase in range(outputs):
        for tap in range(old.kernel_size[0]):
            place[phase, tap, *places(phase, tap)] = 1
    weight = torch.einsum("oikl,akpt,blqu->oabipqtu", old.weight, place, place)
    channels = old.out_channels * outputs**2, old.in_channels * inputs**2
    new = nn.Conv2d(channels[1], channels[0], size, stride)
    assert old.bias is not None
    new.weight = nn.Parameter(weight.reshape(*channels, size, size))
    new.bias = nn.Parameter(old.bias.repeat_interleave(outputs**2))
    return new


def _packed_norm(norm: nn.Module, activation: nn.Module) -> tuple[nn.Module, nn.Module]:
    if isinstance(activation, ThresholdedLinearUnit):
        threshold = _repeated(activation.threshold.flatten())
        activation = ThresholdedLinearUnit(len(threshold))
        activation.threshold = nn.Parameter(threshold.view(1, -1, 1, 1))
    return PackedNorm(norm), activation


def _repeated(values: Tensor) -> Tensor:
    return values.repeat_interleave(BLOCK**2)
