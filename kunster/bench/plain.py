"""Losses as public example scripts have them: float32, NCHW, every feature computed every time."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kunster.data.clips import FramePairs
from kunster.losses.features import PerceptualNetwork
from kunster.networks.stylizer import Stylizer
from kunster.pictures.images import LUMINANCE


class PlainFeatures(nn.Module):
    """A perceptual network of torch's layers, cut behind each style layer."""

    mean: Tensor
    std: Tensor

    def __init__(self, source: PerceptualNetwork) -> None:
        super().__init__()
        self.register_buffer("mean", source.mean.clone())
        self.register_buffer("std", torch.ones_like(self.mean))  # already in the weights
        self.blocks, layers = nn.ModuleList(), list[nn.Module]()
        for name in source.architecture.layers():
            if name.startswith("pool"):
                layers.append(nn.MaxPool2d(2))
                continue
            layers += [_convolution(source, name), nn.ReLU()]
            if name.replace("conv", "relu") in source.style_layers:
                self.blocks.append(nn.Sequential(*layers))
                layers = []
        self.requires_grad_(False)

    def forward(self, images: Tensor) -> list[Tensor]:
        """The maps (B, C, h, w) at all style layers of images (B, 3, H, W), RGB in [0, 1]."""
        values, found = (images - self.mean) / self.std, []
        for block in self.blocks:
            values = block(values)
            found.append(values)
        return found


class PlainTerms(nn.Module):
    """Content, style and total variation; all features of photo and picture are computed.

    Content and style are shares of the energy of the photos and the painting, as in
    `kunster.losses.terms`.

    Args:
        source: the perceptual network; it is copied.
        painting: RGB in [0, 1], (1, 3, H, W).
        photos: their mean energy is the unit of content, (B, 3, H, W).
    """

    def __init__(self, source: PerceptualNetwork, painting: Tensor, photos: Tensor) -> None:
        super().__init__()
        self.features = PlainFeatures(source)
        self.content = source.style_layers.index(source.content_layer)
        with torch.no_grad():
            self.targets = [gram_matrix(values) for values in self.features(painting)]
            self.energy = self.features(photos)[self.content].square().mean()

    def forward(self, photos: Tensor, stylized: Tensor) -> dict[str, Tensor]:
        ours, theirs = self.features(stylized), self.features(photos)
        style = torch.zeros(())
        for values, target in zip(ours, self.targets, strict=True):
            found = gram_matrix(values)
            distance = F.mse_loss(found, target.expand_as(found))
            style = style + distance / target.square().mean()
        down, across = stylized.diff(dim=2), stylized.diff(dim=3)
        return {
            "content": F.mse_loss(ours[self.content], theirs[self.content]) / self.energy,
            "style": style,
            "tv": down.square().mean() + across.square().mean(),
        }


class PlainTemporal(nn.Module):
    """All terms of stage 2 of both frames; each frame passes every network by itself.

    Args:
        terms: of stage 1.
    """

    def __init__(self, network: Stylizer, terms: PlainTerms) -> None:
        super().__init__()
        self.network, self.terms = network, terms

    def losses(self, batch: FramePairs) -> dict[str, Tensor]:
        """Every term unweighted; those of stage 1 are means over both frames."""
        first, second = (batch.frames.float() / 255).unbind(dim=1)
        mask = batch.non_occluded[:, None].float()
        features_first, features_second = self.network.encode(first), self.network.encode(second)
        stylized_first = self.network.decode(features_first)
        stylized_second = self.network.decode(features_second)
        terms_first = self.terms(first, stylized_first)
        terms_second = self.terms(second, stylized_second)
        return {
            **{name: (terms_first[name] + terms_second[name]) / 2 for name in terms_first},
            "output": output_term(
                (stylized_first, stylized_second), (first, second), batch.flow, mask
            ),
            "feature": feature_term((features_first, features_second), batch.flow, mask),
        }


def gram_matrix(values: Tensor) -> Tensor:
    """Gram matrices (B, C, C) of features (B, C, H, W)."""
    batch, channels, height, width = values.shape
    flat = values.view(batch, channels, height * width)
    return flat.bmm(flat.transpose(1, 2)) / (channels * height * width)


def warp(values: Tensor, flow: Tensor) -> Tensor:
    """Values (B, C, H, W) of the second frame at the places the flow (B, 2, H, W) points to."""
    height, width = values.shape[-2:]
    rows, columns = (torch.arange(side, device=flow.device) for side in (height, width))
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    across = 2 * (x + flow[:, 0]) / (width - 1) - 1
    down = 2 * (y + flow[:, 1]) / (height - 1) - 1
    grid = torch.stack([across, down], dim=-1)
    return F.grid_sample(values, grid, padding_mode="border", align_corners=True)


def output_term(
    stylized: tuple[Tensor, Tensor], frames: tuple[Tensor, Tensor], flow: Tensor, mask: Tensor
) -> Tensor:
    """ReCoNet's output loss (Gao et al. 2018, eq. 4), with the change of the video's luminance.

    Args:
        stylized, frames: first and second, (B, 3, H, W) each.
        flow: from the first to the second, (B, 2, H, W), pixels.
        mask: float (B, 1, H, W), 1 where a pixel is not occluded.
    """
    change = stylized[0] - warp(stylized[1], flow)
    light = frames[0] - warp(frames[1], flow)
    red, green, blue = LUMINANCE
    luminance = red * light[:, 0] + green * light[:, 1] + blue * light[:, 2]
    return (mask * (change - luminance.unsqueeze(1)) ** 2).mean()


def feature_term(features: tuple[Tensor, Tensor], flow: Tensor, mask: Tensor) -> Tensor:
    """ReCoNet's feature loss (eq. 2) of both frames' (B, C, h, w); the rest as in `output_term`."""
    size = features[0].shape[-2:]
    scale = size[0] / flow.shape[-2]
    smaller = F.interpolate(flow, size, mode="bilinear", align_corners=False) * scale
    visible = F.interpolate(mask, size, mode="nearest")
    return (visible * (features[0] - warp(features[1], smaller)) ** 2).mean()


def _convolution(source: PerceptualNetwork, name: str) -> nn.Conv2d:
    weight = source.get_buffer(f"{name}_weight")
    layer = nn.Conv2d(weight.shape[1], weight.shape[0], 3, padding=1, device=weight.device)
    layer.load_state_dict({"weight": weight, "bias": source.get_buffer(f"{name}_bias")})
    return layer
