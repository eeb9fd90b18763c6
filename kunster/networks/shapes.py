"""The shape of each kind of network, and of its weights; no torch is needed to know them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from math import inf
from typing import Literal

from kunster.errors import UserError

Norm = Literal["instance", "frn"]
Layout = Literal["table2", "table1"]
STRIDE = 4  # the encoder halves twice, so heights and widths are multiples of 4
EPSILON: Mapping[Norm, float] = {"instance": 1e-5, "frn": 1e-6}  # of `kunster.networks.layers`


@dataclass(frozen=True)
class Shape:
    """Arguments of `kunster.networks.stylizer.Stylizer`."""

    widths: tuple[int, int, int]
    blocks: int
    end_kernel: int = 3
    norm: Norm = "instance"
    tanh: bool = False
    dilations: tuple[int, ...] = (1,)
    styles: int = 0  # whose norms are there; 0: a plain network, which is a single style

    def __post_init__(self) -> None:
        if self.styles and self.norm != "instance":
            raise UserError(f"norm={self.norm}: several styles share instance norm alone")

    @property
    def block_dilations(self) -> list[tuple[int, int]]:
        """Dilations of both convolutions of each residual block."""
        turns = list(islice(cycle(self.dilations), 2 * self.blocks))
        return list(zip(turns[::2], turns[1::2], strict=True))

    @property
    def norms(self) -> list[str]:
        """Names of the norms, in the order in which they are computed."""
        blocks = range(3, 3 + self.blocks)
        residual = [f"encoder.{block}.body.{place}" for block in blocks for place in (1, 4)]
        ends = [f"encoder.{place}.1" for place in range(3)], [f"decoder.{i}.1" for i in range(2)]
        return [*ends[0], *residual, *ends[1]]

    @property
    def reach(self) -> int:
        """Radius in pixels of what an output pixel depends on, where the norms are fixed."""
        end = self.end_kernel // 2
        half = -(-(end + 1) // 2) + 1  # the last two convolutions, and the one before them
        quarter = -(-half // 2) + sum(map(sum, self.block_dilations))
        encoded = 2 * (2 * quarter + 1) + 1 + end
        return encoded + STRIDE - 1  # from the first pixel of four, which all four look at

    def tensors(self) -> dict[str, tuple[int, ...]]:
        """Shape of every weight of the network, by its name."""
        full, half, quarter = self.widths
        ends = self.end_kernel
        found = self._block("encoder.0", (0, 1, 2), 3, full, ends)
        found |= self._block("encoder.1", (0, 1, 2), full, half)
        found |= self._block("encoder.2", (0, 1, 2), half, quarter)
        for block in range(3, 3 + self.blocks):
            found |= self._block(f"encoder.{block}.body", (0, 1, 2), quarter, quarter)
            found |= self._block(f"encoder.{block}.body", (3, 4), quarter, quarter)
        found |= self._block("decoder.0", (0, 1, 2), quarter, half)
        found |= self._block("decoder.1", (0, 1, 2), half, full)
        return found | {"decoder.2.weight": (3, full, ends, ends), "decoder.2.bias": (3,)}

    def _block(
        self, name: str, places: tuple[int, ...], inputs: int, outputs: int, kernel: int = 3
    ) -> dict[str, tuple[int, ...]]:
        """Weights of a convolution, its norm and, at a third place, its activation."""
        convolution, norm, *activation = places
        of_styles = (self.styles,) if self.styles else ()
        scales = (*of_styles, outputs) if self.norm == "instance" else (1, outputs, 1, 1)
        found: dict[str, tuple[int, ...]] = {
            f"{name}.{convolution}.weight": (outputs, inputs, kernel, kernel),
            f"{name}.{convolution}.bias": (outputs,),
            f"{name}.{norm}.weight": scales,
            f"{name}.{norm}.bias": scales,
        }
        if activation and self.norm == "frn":
            found[f"{name}.{activation[0]}.threshold"] = scales
        return found


def kunster(alpha: float, beta: float, layout: Layout, norm: Norm) -> Shape:
    """The paper's network; see `kunster.networks.stylizer.kunster`."""
    return Shape(*_scaled(alpha, beta, layout), norm)


def dilated(alpha: float, beta: float, layout: Layout, norm: Norm) -> Shape:
    """The paper's network with dilated residual blocks, in turn."""
    return Shape(*_scaled(alpha, beta, layout), norm, dilations=(1, 2, 4, 8))


def multistyle(
    alpha: float, beta: float, layout: Layout, norm: Norm, styles: Sequence[str]
) -> Shape:
    """`dilated` with norms for each of `styles`."""
    return replace(dilated(alpha, beta, layout, norm), styles=len(styles))


def reconet() -> Shape:
    return Shape((48, 96, 192), blocks=4, end_kernel=9, tanh=True)


def johnson() -> Shape:
    return Shape((32, 64, 128), blocks=5, end_kernel=9)


def _scaled(alpha: float, beta: float, layout: Layout) -> tuple[tuple[int, int, int], int, int]:
    """Widths, residual blocks and kernel of the first and last convolution."""
    blocks, end_kernel = _residual_blocks(beta), 3
    if layout not in ("table2", "table1"):
        raise UserError(f"layout={layout}: must be table2 or table1")
    if layout == "table2" and beta == 1:
        blocks, end_kernel = 5, 9
    return _widths(alpha), blocks, end_kernel


def _widths(alpha: float) -> tuple[int, int, int]:
    full, half, quarter = (base * alpha for base in (32, 48, 64))
    if not 0 < alpha < inf or any(width != int(width) for width in (full, half, quarter)):
        raise UserError(
            f"alpha={alpha:g}: 32, 48 and 64 times alpha must be whole numbers of filters "
            "(0.125, 0.25, 0.5, 0.75, 1, …)"
        )
    return int(full), int(half), int(quarter)


def _residual_blocks(beta: float) -> int:
    if not 0 < beta < inf or 4 * beta != int(4 * beta):
        raise UserError(
            f"beta={beta:g}: 4·beta must be a whole number of residual blocks "
            "(0.25, 0.5, 0.75, 1, …)"
        )
    return int(4 * beta)
