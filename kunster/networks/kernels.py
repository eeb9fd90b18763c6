"""Exact rewritings of convolutions for faster inference, as arithmetic on their kernels.

- Doubling by the nearest neighbour, then a 3x3 convolution, multiplies every pixel up to four
  times by weights that could be added first: a transposed 4x4 convolution of stride 2, 16 products
  for four pixels instead of 36.
- The last convolution has 3 outputs, and processors compute 8 or 16 side by side. One that makes
  four pixels at once (2x2, its kernel one wider) fills them.
- Narrow networks waste those places at the full resolution. In blocks, they have four times the
  channels there at half the resolution: the 2x2 pixels of a block one after another.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

BLOCK = 2  # pixels, both ways
# Where an output takes its inputs, along one axis: (the output's phase in its block, tap of the old
# kernel) to (the input's phase in its block, tap of the new kernel).
Places = Callable[[int, int], tuple[int, int]]


class Kernel(NamedTuple):
    """Weights of a convolution: (out, in, k, k), transposed ones (in, out, k, k), and (out,)."""

    weight: np.ndarray
    bias: np.ndarray


def doubling(kernel: Kernel) -> Kernel:
    """Nearest-neighbour doubling and a 3x3 convolution, as a transposed one: stride 2, padding 3.

    Row i of the input is rows 2i and 2i + 1 of the doubled one, of which tap k of the kernel sends
    row r to row r + 1 - k. The input's edge is repeated by a pixel: what the doubled picture shows
    in its mirror is its own edge again.
    """
    place = np.zeros((3, 4), np.float32)  # tap of the old kernel, tap of the new one
    for tap in range(3):
        place[tap, 2 - tap] = place[tap, 3 - tap] = 1
    weight = np.einsum("oikl,kt,lu->iotu", kernel.weight, place, place, optimize=True)
    return Kernel(np.ascontiguousarray(weight), kernel.bias)


def doubling_by_blocks(kernel: Kernel) -> Kernel:
    """Doubling and a 3x3 convolution, as a convolution to blocks of 2x2 pixels.

    Row 2i + phase - 1 of the result comes from rows i - 1 and i of the input. The input's edge is
    repeated by a pixel; the first and the last row lie outside the doubled picture.
    """
    return _rearranged(kernel, lambda phase, tap: (0, (phase + tap) // 2), (1, BLOCK), size=2)


def blockwise(kernel: Kernel) -> Kernel:
    """A convolution whose output is in blocks, of stride 2: (B, 4 C, H/2, W/2) for (B, C, H, W)."""
    taps = kernel.weight.shape[-1]
    return _rearranged(kernel, lambda phase, tap: (0, phase + tap), (1, BLOCK), taps + 1)


def from_blocks(kernel: Kernel) -> Kernel:
    """A 3x3 convolution of stride 2 whose input is in blocks: tap k takes row 2i + k - 1.

    The input's first row and column are repeated by a pixel.
    """
    return _rearranged(kernel, lambda _, tap: ((tap - 1) % 2, (tap + 1) // 2), (BLOCK, 1), size=2)


def doubling_to_blocks(kernel: Kernel) -> Kernel:
    """Doubling and a 3x3 convolution whose output is in blocks; the input's edge is repeated.

    Row 2i + phase + tap - 1 of the doubled picture is row i + (phase + tap - 1) // 2 of the input.
    """
    return _rearranged(kernel, lambda phase, tap: (0, (phase + tap + 1) // 2), (1, BLOCK), size=3)


def from_blocks_to_blocks(kernel: Kernel) -> Kernel:
    """A 3x3 convolution whose input and output are in blocks; the input's edge is repeated."""

    def places(phase: int, tap: int) -> tuple[int, int]:
        return (phase + tap - 1) % 2, (phase + tap + 1) // 2

    return _rearranged(kernel, places, (BLOCK, BLOCK), size=3)


def _rearranged(old: Kernel, places: Places, phases: tuple[int, int], size: int) -> Kernel:
    """A convolution without padding whose channels are those of `old` in all phases.

    Args:
        phases: in a block, along one axis, of its inputs and of its outputs.
        size: of its kernel.
    """
    inputs, outputs = phases
    taps = old.weight.shape[-1]
    place = np.zeros((outputs, taps, inputs, size), np.float32)
    for phase in range(outputs):
        for tap in range(taps):
            place[phase, tap, *places(phase, tap)] = 1
    weight = np.einsum("oikl,akpt,blqu->oabipqtu", old.weight, place, place, optimize=True)
    channels = old.weight.shape[0] * outputs**2, old.weight.shape[1] * inputs**2
    return Kernel(weight.reshape(*channels, size, size), np.repeat(old.bias, outputs**2))
