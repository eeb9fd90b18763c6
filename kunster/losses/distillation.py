"""Distillation of a perceptual network: student, loss and measures.

The losses use only distances between features and Gram matrices. The student therefore predicts
each teacher layer by a matrix without bias, `t ≈ P s`. Then `P G_s Pᵀ` approximates the teacher's
Gram matrix, and the symmetric root of `PᵀP` is enough to measure distances (`Weights.readouts`).
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kunster.losses.features import Architecture, Weights
from kunster.losses.perceptual import gram
from kunster.losses.weights import IMAGENET_MEAN


class Student(nn.Module):
    """A VGG of any widths, with a projection to the teacher's channels at each style layer."""

    mean: Tensor

    def __init__(
        self, architecture: Architecture, widths: Sequence[int], teacher_channels: Sequence[int]
    ) -> None:
        super().__init__()
        self.architecture = architecture
        self.convolutions = nn.ModuleDict()
        channels = 3
        for name in architecture.layers():
            if name.startswith("conv"):
                outputs = widths[int(name[4]) - 1]
                self.convolutions[name] = _initialized(nn.Conv2d(channels, outputs, 3, padding=1))
                channels = outputs
        self.projections = nn.ModuleDict(
            {
                layer: nn.Conv2d(self._width(layer), outputs, 1, bias=False)
                for layer, outputs in zip(architecture.style_layers, teacher_channels, strict=True)
            }
        )
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1))

    def forward(self, images: Tensor) -> list[Tensor]:
        """Features (B, C, h, w) at the style layers, for images (B, 3, H, W), RGB in [0, 1]."""
        values, found = (images - self.mean) * 4, {}  # about unit variance
        for name in self.architecture.layers():
            if name.startswith("pool"):
                values = F.max_pool2d(values, 2)
            else:
                values = F.relu(self.convolutions[name](values))
                found[name.replace("conv", "relu")] = values
        return [found[layer] for layer in self.architecture.style_layers]

    def project(self, features: Sequence[Tensor]) -> list[Tensor]:
        """The student's prediction of the teacher's features, from its own at the style layers."""
        return [
            self.projections[layer](ours)
            for layer, ours in zip(self.architecture.style_layers, features, strict=True)
        ]

    def weights(self, source: Mapping[str, str]) -> Weights:
        """The student as a perceptual network, its projections folded into readouts."""
        convolutions = {
            name: (_copy(conv, "weight"), _copy(conv, "bias"))
            for name, conv in self.convolutions.items()
        }
        weight, bias = convolutions["conv1_1"]
        convolutions["conv1_1"] = (weight * 4, bias)
        readouts = {
            layer: symmetric_root(_copy(projection, "weight")[:, :, 0, 0])
            for layer, projection in self.projections.items()
        }
        return Weights(self.architecture, convolutions, IMAGENET_MEAN, readouts, source)

    def _width(self, layer: str) -> int:
        return len(self.convolutions[layer.replace("relu", "conv")].get_parameter("bias"))


def _initialized(convolution: nn.Conv2d) -> nn.Conv2d:
    nn.init.kaiming_normal_(convolution.weight)
    if convolution.bias is not None:
        nn.init.zeros_(convolution.bias)
    return convolution


def _copy(module: nn.Module, name: str) -> Tensor:
    return module.get_parameter(name).detach().clone()


def symmetric_root(projection: Tensor) -> Tensor:
    """Symmetric matrix R (C, C) with RᵀR = PᵀP for a projection P (K, C)."""
    values, vectors = torch.linalg.eigh(projection.double().T @ projection.double())
    root: Tensor = vectors * values.clamp(min=0).sqrt() @ vectors.T
    return root.float()


class Deviations:
    """Running standard deviations of the teacher's channels."""

    def __init__(self, layers: int, decay: float = 0.99) -> None:
        self.decay = decay
        self.variance: list[Tensor | None] = [None] * layers

    def update(self, index: int, features: Tensor) -> Tensor:
        """Adds a batch; returns the deviations (C,) of the layer's channels."""
        seen = features.float().var(dim=(0, 2, 3))
        before = self.variance[index]
        now = seen if before is None else self.decay * before + (1 - self.decay) * seen
        self.variance[index] = now
        return now.sqrt()


def distillation_loss(ours: Tensor, teacher: Tensor, deviation: Tensor) -> Tensor:
    """Distance of predicted features (B, C, H, W) from the teacher's, the sum of three terms.

    Relative squared error; the same with every channel at unit variance, without which small
    channels are ignored; and relative squared error of the Gram matrices.
    """
    errors = (ours - teacher).float().square().mean(dim=(0, 2, 3))
    own = errors.mean() / deviation.square().mean()
    unit = (errors / (deviation + 0.05 * deviation.mean()).square()).mean()
    target = gram(teacher).float()
    distance = (gram(ours).float() - target).square().sum((1, 2)) / target.square().sum((1, 2))
    return own + 0.5 * unit + distance.mean()


def fitted_projection(ours: Tensor, teacher: Tensor, ridge: float = 1e-3) -> Tensor:
    """Matrix (K, C) that predicts the teacher's features from ours, by ridge regression."""
    inputs = ours.float().permute(0, 2, 3, 1).flatten(0, 2)
    outputs = teacher.float().permute(0, 2, 3, 1).flatten(0, 2)
    covariance = inputs.T @ inputs / len(inputs)
    covariance += ridge * covariance.diagonal().mean() * torch.eye(len(covariance))
    weights: Tensor = torch.linalg.solve(covariance, inputs.T @ outputs / len(inputs))
    return weights.T


def layer_agreement(ours: Tensor, teacher: Tensor) -> dict[str, float]:
    """Explained variance of the teacher's features (B, C, H, W) and error of its Gram matrices.

    Both after the best linear map P; the error is ‖P G_ours Pᵀ - G‖² / ‖G‖².
    """
    teacher = teacher.float()
    projection = fitted_projection(ours, teacher, ridge=1e-6)
    predicted = torch.einsum("kc,bchw->bkhw", projection, ours.float())
    variance = teacher.var(dim=(0, 2, 3)).mean()
    target = gram(teacher)
    distance = (gram(predicted) - target).square().sum((1, 2)) / target.square().sum((1, 2))
    return {
        "explained_variance": round(float(1 - (predicted - teacher).square().mean() / variance), 3),
        "gram_error": round(float(distance.mean()), 3),
    }
