"""The layers every stylizer is made of: padded convolutions, norms, residual blocks, upsampling."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kunster.errors import UserError
from kunster.networks.shapes import Norm


class FilterResponseNorm(nn.Module):
    """Filter response normalisation (Singh & Krishnan 2019, eq. 1-2).

    Divides each channel by the root of its mean square over the picture, then scales and shifts.
    Made of mean, rsqrt and multiply alone, which every converter knows.
    """

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, features: Tensor) -> Tensor:
        mean_square = features.square().mean(dim=(2, 3), keepdim=True)
        return features * torch.rsqrt(mean_square + self.eps) * self.weight + self.bias


class ThresholdedLinearUnit(nn.Module):
    """max(x, tau) with a learned tau for each channel: the activation that goes with FRN."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.threshold = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, features: Tensor) -> Tensor:
        return torch.maximum(features, self.threshold)


class StyledNorm(nn.Module):
    """Instance norm whose scale and shift belong to a style (Dumoulin et al. 2017).

    Attributes:
        weight, bias: (S, C), a row for each style.
        shares: (1, S) or (B, S), of each style in each picture, adding up to 1; see `Stylizer.mix`.
    """

    def __init__(self, channels: int, styles: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(styles, channels))
        self.bias = nn.Parameter(torch.zeros(styles, channels))
        self.shares: Tensor | None = None

    def forward(self, features: Tensor) -> Tensor:
        if self.shares is None and len(self.weight) > 1:
            raise UserError(
                f"a network of {len(self.weight)} styles: choose one of them first, "
                "kunster export MODEL --style NAME --out DIR"
            )
        scale, shift = (
            each if self.shares is None else self.shares @ each for each in (self.weight, self.bias)
        )
        if len(scale) == 1:  # in one operation, as the plain network does it
            return F.instance_norm(features, weight=scale[0], bias=shift[0], eps=self.eps)
        normed = F.instance_norm(features, eps=self.eps)
        return normed * scale[..., None, None] + shift[..., None, None]


def normalization(norm: Norm, channels: int, styles: int = 0) -> nn.Module:
    if styles:
        return StyledNorm(channels, styles)
    if norm == "instance":
        return nn.InstanceNorm2d(channels, affine=True)
    return FilterResponseNorm(channels)


def activation(norm: Norm, channels: int) -> nn.Module:
    return nn.ReLU() if norm == "instance" else ThresholdedLinearUnit(channels)


def padded_conv(
    inputs: int, outputs: int, kernel: int, stride: int = 1, dilation: int = 1
) -> nn.Conv2d:
    """A convolution with bias whose reflection padding keeps the size (halves it for stride 2)."""
    return nn.Conv2d(
        inputs,
        outputs,
        kernel,
        stride,
        padding=kernel // 2 * dilation,
        dilation=dilation,
        padding_mode="reflect",
        bias=True,
    )


class ConvBlock(nn.Sequential):
    """Convolution, normalisation, activation."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int = 1,
        norm: Norm = "instance",
        dilation: int = 1,
        styles: int = 0,
    ) -> None:
        super().__init__(
            padded_conv(inputs, outputs, kernel, stride, dilation),
            normalization(norm, outputs, styles),
            activation(norm, outputs),
        )


class ResidualBlock(nn.Module):
    """conv, norm, activation, conv, norm, plus the input (Johnson et al. 2016: none after it).

    Args:
        dilations: of both convolutions.
    """

    def __init__(
        self,
        channels: int,
        norm: Norm = "instance",
        dilations: tuple[int, int] = (1, 1),
        styles: int = 0,
    ) -> None:
        super().__init__()
        first, second = dilations
        self.body = nn.Sequential(
            *ConvBlock(channels, channels, 3, norm=norm, dilation=first, styles=styles),
            padded_conv(channels, channels, 3, dilation=second),
            normalization(norm, channels, styles),
        )

    def forward(self, features: Tensor) -> Tensor:
        residual: Tensor = self.body(features)
        return features + residual


class UpsampleBlock(ConvBlock):
    """Nearest-neighbour doubling, then a block: transposed convolutions leave checkerboards."""

    def __init__(self, inputs: int, outputs: int, norm: Norm = "instance", styles: int = 0) -> None:
        super().__init__(inputs, outputs, 3, norm=norm, styles=styles)

    def forward(self, features: Tensor) -> Tensor:
        doubled = F.interpolate(features, scale_factor=2.0, mode="nearest")
        upsampled: Tensor = super().forward(doubled)  # type: ignore[no-untyped-call]
        return upsampled
