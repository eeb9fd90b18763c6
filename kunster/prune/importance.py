"""Measures of a channel's importance.

- `scale`: the norm's scale γ (Liu et al. 2017, network slimming, without its sparse training),
  which after an instance norm is the channel's standard deviation.
- `filters`: the sum of the absolute weights that make it (Li et al. 2017).
- `picture`: how much the stylized photos change when the channel outputs 0 (the relevance of
  Mozer & Smolensky 1989, which Molchanov et al. 2017 approximate).

After a fine-tune none of the three was found better than another (docs/pruning.md). The default is
`scale`: it costs nothing, and an instance norm undoes any scaling of a filter.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import torch
from torch import Tensor, nn

from kunster.networks.stylizer import Stylizer, stylize
from kunster.prune.groups import Group

Measure = Literal["picture", "scale", "filters"]
Importance = Callable[[Stylizer, Group], Tensor]  # (C,), one value a channel of the group


def importance_by(measure: Measure, photos: Sequence[Tensor]) -> Importance:
    """The importance function of that name; photos (1, 3, H, W) are RGB in [0, 1], from 64 up."""
    if measure == "picture":
        return lambda network, group: picture_changes(network, group, photos)
    return scales if measure == "scale" else filter_sizes


@torch.no_grad()
def picture_changes(network: Stylizer, group: Group, photos: Sequence[Tensor]) -> Tensor:
    """Mean squared change of the stylized photos without each channel, values in [0, 1]; (C,)."""
    convolution = network.get_submodule(group.writers[0][0])
    assert isinstance(convolution, nn.Conv2d)
    whole = [stylize(network, photo) for photo in photos]
    changes = []
    for channel in range(convolution.out_channels):
        with silent(network, group.outlets, channel):
            changes.append(_change(network, photos, whole))
    return torch.stack(changes)


@torch.no_grad()
def block_changes(network: Stylizer, blocks: Sequence[str], photos: Sequence[Tensor]) -> Tensor:
    """Mean squared change of the stylized photos with each residual block skipped; (blocks,)."""
    whole = [stylize(network, photo) for photo in photos]
    changes = []
    for block in blocks:
        with silent(network, [f"{block}.body"]):
            changes.append(_change(network, photos, whole))
    return torch.stack(changes)


def scales(network: Stylizer, group: Group) -> Tensor:
    """|γ| of the norm of each channel; of norms that add up, the root of their squares' sum."""
    weights = [network.get_parameter(f"{chain[1]}.weight").flatten() for chain in group.writers]
    return torch.stack(weights).square().sum(dim=0).sqrt().detach()


def filter_sizes(network: Stylizer, group: Group) -> Tensor:
    """Sum of the absolute weights that make each channel."""
    weights = [network.get_parameter(f"{chain[0]}.weight") for chain in group.writers]
    return torch.stack([each.abs().sum(dim=(1, 2, 3)) for each in weights]).sum(dim=0).detach()


@contextmanager
def silent(
    network: nn.Module, layers: Sequence[str], channel: int | slice = slice(None)
) -> Iterator[None]:
    """Context in which the named layers output 0 in one channel, or in all."""

    def silence(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        output = output.clone()
        output[:, channel] = 0
        return output

    handles = [network.get_submodule(layer).register_forward_hook(silence) for layer in layers]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _change(network: Stylizer, photos: Sequence[Tensor], whole: Sequence[Tensor]) -> Tensor:
    """Mean squared change, each photo with the same weight."""
    return torch.stack(
        [
            (stylize(network, photo) - before).square().mean()
            for photo, before in zip(photos, whole, strict=True)
        ]
    ).mean()
