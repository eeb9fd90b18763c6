"""Frozen VGG features behind one interface."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kunster.errors import UserError
from kunster.losses.frozen import FrozenConvReLU
from kunster.losses.layers import View, read_layer
from kunster.losses.perceptual import feature_energy, gram
from kunster.losses.winograd import is_quicker, transformed

Pooling = Literal["max", "average"]


@dataclass(frozen=True)
class Architecture:
    """Layout of a VGG: convolutions in each block, and the layers that the losses read."""

    convolutions: tuple[int, ...]
    style_layers: tuple[str, ...]
    content_layer: str = "relu2_2"

    def layers(self) -> list[str]:
        """Names of the layers in order: conv1_1, conv1_2, pool1, conv2_1, …"""
        names: list[str] = []
        for block, count in enumerate(self.convolutions, start=1):
            names += [f"pool{block - 1}"] if block > 1 else []
            names += [f"conv{block}_{index}" for index in range(1, count + 1)]
        return names


class PerceptualNetwork(nn.Module):
    """Frozen features at named ReLU layers, differentiable in the pictures only.

    Args:
        convolutions: (weight, bias) of each convolution by name, for RGB in [0, 1] minus `mean`.
        mean: subtracted from the RGB values before the first convolution.
        source: name, origin and sha256 of the weights, for the record of a run.
    """

    mean: Tensor
    conv1_1_weight: Tensor

    def __init__(
        self,
        architecture: Architecture,
        convolutions: Mapping[str, tuple[Tensor, Tensor]],
        mean: tuple[float, float, float],
        source: Mapping[str, str] | None = None,
        pooling: Pooling = "max",
    ) -> None:
        super().__init__()
        if pooling not in get_args(Pooling):
            raise UserError(f"pooling={pooling}: must be one of {', '.join(get_args(Pooling))}")
        self.pool = F.max_pool2d if pooling == "max" else F.avg_pool2d
        self.architecture = architecture
        self.source = dict(source or {})
        self.style_layers = architecture.style_layers
        self.content_layer = architecture.content_layer
        self._quick: dict[str, tuple[Tensor, Tensor]] = {}
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        for name, (weight, bias) in convolutions.items():
            self.register_buffer(f"{name}_weight", weight.detach().clone(), persistent=False)
            self.register_buffer(f"{name}_bias", bias.detach().clone(), persistent=False)

    def features(
        self, images: Tensor, layers: Sequence[str], turn: int | None = None
    ) -> list[Tensor]:
        """The maps (B, C, h, w) at `layers`, for images (B, 3, H, W), RGB in [0, 1].

        `relu4_1/2` is that layer of the images at half their size, `relu3_3@112` of a window of
        112 pixels. Runs no deeper than the deepest layer asked for.

        Args:
            turn: where windows lie, see `View.of`; None looks at the whole images instead.
        """
        asked = [read_layer(name) for name in layers]
        if turn is None:
            asked = [(layer, view._replace(window=None)) for layer, view in asked]
        found: dict[tuple[str, View], Tensor] = {}
        for view in sorted({view for _, view in asked}, key=str):
            wanted = list(dict.fromkeys(layer for layer, of in asked if of == view))
            maps = self._at_one_size(view.of(images, turn or 0), wanted)
            found |= {(n, view): view.without_edge(m) for n, m in zip(wanted, maps, strict=True)}
        return [found[each] for each in asked]

    def _at_one_size(self, images: Tensor, layers: Sequence[str]) -> list[Tensor]:
        values = (images - self.mean).to(self.conv1_1_weight.dtype)
        found: dict[str, Tensor] = {}
        for name in self.architecture.layers():
            if name.startswith("pool"):
                values = self.pool(values, 2)
                continue
            weight, bias = getattr(self, f"{name}_weight"), getattr(self, f"{name}_bias")
            quick = self._transformed(name, weight) if is_quicker(values, weight) else None
            values = FrozenConvReLU.apply(values, weight, bias, quick)
            found[name.replace("conv", "relu")] = values
            if all(layer in found for layer in layers):
                return [found[layer] for layer in layers]
        missing = [layer for layer in layers if layer not in found]
        raise UserError(f"layers {', '.join(missing)}: this network has {', '.join(found)}")

    def _transformed(self, name: str, weight: Tensor) -> tuple[Tensor, Tensor]:
        """A convolution's kernels for Winograd, and those of its gradient."""
        if name not in self._quick:
            turned = weight.flip(2, 3).transpose(0, 1)
            self._quick[name] = transformed(weight), transformed(turned)
        return self._quick[name]

    def cast(self, dtype: torch.dtype) -> "PerceptualNetwork":
        """Converts the convolutions to another dtype, channels last, in place."""
        self._quick.clear()
        for name, buffer in list(self.named_buffers()):
            if name.startswith("conv"):
                layout = torch.channels_last if buffer.ndim == 4 else torch.preserve_format
                setattr(self, name, buffer.to(dtype, memory_format=layout))
        return self

    def style_targets(self, painting: Tensor) -> list[Tensor]:
        """Gram matrices (C, C) of a painting (1, 3, H, W), one for each style layer."""
        return self.gram_targets(painting, self.style_layers)

    @torch.no_grad()
    def gram_targets(self, painting: Tensor, layers: Sequence[str]) -> list[Tensor]:
        """Gram matrices (C, C) of a painting (1, 3, H, W), one for each of `layers`."""
        return [gram(features)[0].float() for features in self.features(painting, layers)]

    @torch.no_grad()
    def energy(self, photos: Tensor, layer: str) -> Tensor:
        """Mean energy of a layer's features of photos (B, 3, H, W), a scalar."""
        (features,) = self.features(photos, [layer])
        return feature_energy(features)
