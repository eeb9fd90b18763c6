"""Groups of channels of a stylizer that can only be cut together.

Tensors that are added need the same channels, so the residual stream is one group from the
encoder's last convolution through every block to the decoder (the dependencies of Fang et al.
2023, DepGraph, written out for this one family of networks).
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import nn

from kunster.networks.stylizer import Stylizer

FIRST_BLOCK = 3  # of the encoder's parts; three convolutions come before the residual blocks


class Shape(NamedTuple):
    """Channels at full, half and quarter resolution, residual blocks, kernel size of the ends."""

    widths: tuple[int, int, int]
    blocks: int
    end_kernel: int

    def __str__(self) -> str:
        ends = f"{self.end_kernel}x{self.end_kernel} ends"
        return f"{'/'.join(map(str, self.widths))} channels, {self.blocks} blocks, {ends}"

    def fits_into(self, other: "Shape") -> bool:
        """Whether cutting the other can give this one."""
        narrower = all(
            ours <= theirs for ours, theirs in zip(self.widths, other.widths, strict=True)
        )
        return narrower and self.blocks <= other.blocks and self.end_kernel <= other.end_kernel


@dataclass(frozen=True)
class Group:
    """Channels that can only be cut together.

    Attributes:
        level: index of their number in `Shape.widths`.
        writers: names of the layers that produce them: convolution, norm and, if there is one,
            activation. The outputs of several writers are added.
        readers: names of the convolutions that take them.
    """

    level: int
    writers: tuple[tuple[str, ...], ...]
    readers: tuple[str, ...]

    @property
    def outlets(self) -> tuple[str, ...]:
        """The last layer of each writer."""
        return tuple(chain[-1] for chain in self.writers)


def shape_of(network: Stylizer) -> Shape:
    convolutions = [network.encoder.get_submodule(f"{part}.0") for part in range(FIRST_BLOCK)]
    full, half, quarter = (_convolution(each).out_channels for each in convolutions)
    kernel = _convolution(convolutions[0]).kernel_size[0]
    return Shape((full, half, quarter), len(network.encoder) - FIRST_BLOCK, kernel)


def blocks_of(shape: Shape) -> list[str]:
    """The names of the residual blocks."""
    return [f"encoder.{FIRST_BLOCK + number}" for number in range(shape.blocks)]


def groups_of(shape: Shape) -> list[Group]:
    """All groups of a network; each channel except RGB is in exactly one."""
    blocks = blocks_of(shape)
    stream = Group(
        level=2,
        writers=(_block("encoder.2"), *(_named(f"{each}.body", (3, 4)) for each in blocks)),
        readers=(*(f"{each}.body.0" for each in blocks), "decoder.0.0"),
    )
    inner = [Group(2, (_named(f"{each}.body", (0, 1, 2)),), (f"{each}.body.3",)) for each in blocks]
    return [
        Group(0, (_block("encoder.0"),), ("encoder.1.0",)),
        Group(1, (_block("encoder.1"),), ("encoder.2.0",)),
        stream,
        *inner,
        Group(1, (_block("decoder.0"),), ("decoder.1.0",)),
        Group(0, (_block("decoder.1"),), ("decoder.2",)),
    ]


def _block(name: str) -> tuple[str, ...]:
    return _named(name, (0, 1, 2))


def _named(prefix: str, numbers: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(f"{prefix}.{number}" for number in numbers)


def _convolution(module: nn.Module) -> nn.Conv2d:
    assert isinstance(module, nn.Conv2d)
    return module
