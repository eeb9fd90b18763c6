"""The paper's stylizer with alpha and beta, and two baselines: ReCoNet and Johnson et al."""

from collections.abc import Sequence
from dataclasses import astuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kunster.errors import UserError
from kunster.networks import shapes
from kunster.networks.layers import ConvBlock, ResidualBlock, StyledNorm, UpsampleBlock, padded_conv
from kunster.networks.shapes import STRIDE, Layout, Norm, Shape


class Stylizer(nn.Module):
    """Encoder, residual blocks, decoder.

    `frames` (B, 3, H, W), RGB in [0, 1], H and W multiples of 4, to the same shape, meant to lie
    in [0, 1] but not clamped: clamping would hide the gradient.

    Args:
        widths: channels at full, half and quarter resolution.
        blocks: number of residual blocks at quarter resolution.
        end_kernel: kernel size of the first and the last convolution.
        norm: `instance` (with ReLU) or `frn` (with TLU).
        tanh: squash the output as ReCoNet does.
        dilations: of the convolutions of the residual blocks, in turn.
        styles: whose norms it has, to be chosen by `mix`; 0: a plain network.
    """

    def __init__(
        self,
        widths: tuple[int, int, int],
        blocks: int,
        end_kernel: int = 3,
        norm: Norm = "instance",
        tanh: bool = False,
        dilations: Sequence[int] = (1,),
        styles: int = 0,
    ) -> None:
        super().__init__()
        if norm not in ("instance", "frn"):
            raise UserError(f"norm={norm}: must be instance or frn")
        self.shape = Shape(widths, blocks, end_kernel, norm, tanh, tuple(dilations), styles)
        full, half, quarter = widths
        self.encoder = nn.Sequential(
            ConvBlock(3, full, end_kernel, norm=norm, styles=styles),
            ConvBlock(full, half, 3, stride=2, norm=norm, styles=styles),
            ConvBlock(half, quarter, 3, stride=2, norm=norm, styles=styles),
            *(ResidualBlock(quarter, norm, both, styles) for both in self.shape.block_dilations),
        )
        self.decoder = nn.Sequential(
            UpsampleBlock(quarter, half, norm, styles),
            UpsampleBlock(half, full, norm, styles),
            padded_conv(full, 3, end_kernel),
        )
        self.tanh = tanh

    def mix(self, shares: Tensor | None) -> "Stylizer":
        """Chooses the styles of the pictures that follow; returns the network.

        Args:
            shares: of each style, adding up to 1: (1, S), or (B, S) for each picture its own; None:
                none is chosen.
        """
        for module in self.modules():
            if isinstance(module, StyledNorm):
                module.shares = shares
        return self

    def encode(self, frames: Tensor) -> Tensor:
        """(B, 3, H, W) to the feature map (B, C, H/4, W/4) that the feature temporal term sees."""
        features: Tensor = self.encoder(frames)
        return features

    def decode(self, features: Tensor) -> Tensor:
        stylized: Tensor = self.decoder(features)
        return (torch.tanh(stylized) + 1) / 2 if self.tanh else stylized

    def forward(self, frames: Tensor) -> Tensor:
        return self.decode(self.encode(frames))


def kunster(
    alpha: float = 0.25, beta: float = 0.5, layout: Layout = "table2", norm: Norm = "instance"
) -> Stylizer:
    """The paper's network: widths 32, 48, 64 times `alpha`, 4 `beta` residual blocks, 3x3 kernels.

    Table II was measured with another layout for beta = 1 than Table I states: 5 blocks and 9x9
    kernels in the first and last convolution. `table2` (the default) reproduces every parameter
    count printed there, `table1` takes Table I at its word.
    """
    return Stylizer(*astuple(shapes.kunster(alpha, beta, layout, norm)))


def dilated(
    alpha: float = 0.25, beta: float = 0.5, layout: Layout = "table2", norm: Norm = "instance"
) -> Stylizer:
    """The paper's network with dilated residual blocks (1, 2, 4, 8, in turn).

    As many parameters, and a wider view: a pixel of id 14 depends on 137 pixels around it, not on
    49, so colours fall in broad masses.
    """
    return Stylizer(*astuple(shapes.dilated(alpha, beta, layout, norm)))


def multistyle(
    alpha: float = 0.25,
    beta: float = 0.5,
    layout: Layout = "table2",
    norm: Norm = "instance",
    *,
    styles: Sequence[str],
) -> Stylizer:
    """`dilated` with norms of its own for each of `styles`; all convolutions are shared.

    Dumoulin et al. 2017: 240 parameters a style at id 14. With one style it is `dilated`.
    """
    return Stylizer(*astuple(shapes.multistyle(alpha, beta, layout, norm, styles)))


def reconet() -> Stylizer:
    """ReCoNet (Gao et al. 2018) as Table II counts it: 3,098,307 parameters."""
    return Stylizer(*astuple(shapes.reconet()))


def johnson() -> Stylizer:
    """Johnson et al. 2016, with instance norm and upsampling: 1,679,235 parameters."""
    return Stylizer(*astuple(shapes.johnson()))


def only(network: nn.Module, style: int) -> nn.Module:
    """The network, with one of its styles chosen if there are several."""
    count = network.shape.styles if isinstance(network, Stylizer) else 0
    if isinstance(network, Stylizer) and count:
        device = next(network.parameters()).device
        network.mix(torch.eye(count, device=device)[style : style + 1])
    return network


def stylize(network: nn.Module, frames: Tensor) -> Tensor:
    """Stylizes frames (B, 3, H, W) of any size from 64 up, clamped to [0, 1].

    Pads to multiples of 4 by reflection and crops back.

    Raises:
        UserError: frames of another shape, or smaller.
    """
    check_frames(frames)
    height, width = frames.shape[-2:]
    if min(height, width) < 64:
        raise UserError(f"a picture of {width}x{height}: both sides must be at least 64 pixels")
    padded = F.pad(frames, (0, -width % STRIDE, 0, -height % STRIDE), mode="reflect")
    stylized: Tensor = network(padded)
    return stylized[..., :height, :width].clamp(0, 1)


def check_frames(frames: Tensor) -> None:
    """Raises a UserError unless frames are (B, 3, H, W) and float."""
    if frames.ndim != 4 or frames.shape[1] != 3 or not frames.is_floating_point():
        raise UserError(
            f"frames {tuple(frames.shape)} {frames.dtype}: must be (batch, 3, height, width), "
            "float, RGB in [0, 1]"
        )


def parameter_count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
