"""Blends of networks: the weighted mean of their weights, and its description."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from kunster.errors import UserError
from kunster.networks.description import Description
from kunster.networks.mixing import mixture_name

Weights = Mapping[str, Tensor]  # of one network, by name


def blended(networks: Sequence[Weights], shares: Sequence[float]) -> dict[str, Tensor]:
    """Σ share · weight, tensor by tensor, in float32; the shares add up to 1.

    A share of 1 returns that network exactly. A blend of networks that were trained from the same
    weights paints both styles (Wortsman et al. 2022, Model soups; for style transfer DNI, Wang et
    al. 2019). Others cannot be blended: they have the same features in different channels.
    """
    parts = [
        (weights, share) for weights, share in zip(networks, shares, strict=True) if share != 0
    ]
    return {
        name: torch.stack([weights[name].double() * share for weights, share in parts])
        .sum(dim=0)
        .float()
        for name in networks[0]
    }


def blend_description(descriptions: Sequence[Description], shares: Sequence[float]) -> Description:
    """The description of a blend, with a style such as `0.7 scream + 0.3 udnie`.

    The stage is temporal only if all networks are. If stages differ, each name states its own.
    """
    parts = [part for part in zip(descriptions, shares, strict=True) if part[1] != 0]
    stages = {description.stage for description, _ in parts}
    if len(parts) == 1:
        return parts[0][0]
    named = [_named(description, with_stage=len(stages) > 1) for description, _ in parts]
    return replace(
        parts[0][0],
        style=mixture_name(named, [share for _, share in parts]),
        stage="perceptual" if "perceptual" in stages else "temporal",
    )


def check_alike(descriptions: Mapping[str, Description]) -> None:
    """Raises a UserError that names two networks if their layouts differ."""
    first, *others = descriptions
    for other in others:
        ours, theirs = (descriptions[name].architecture for name in (first, other))
        if ours != theirs:
            raise UserError(
                f"only networks of one layout can be blended: {first} is {ours}, "
                f"{other} is {theirs}"
            )


def _named(description: Description, with_stage: bool) -> str:
    style = description.style
    name = f"({style})" if " + " in style else style  # a blend itself
    return f"{name} ({description.stage})" if with_stage else name


def agreement(first: Weights, second: Weights) -> float:
    """Cosine similarity of the kernels of two networks of one layout.

    1 for the same kernels, about 0 after training from different random weights; higher after
    training from the same ones.
    """
    one, other = (
        torch.cat(
            [
                tensor.double().flatten()
                for tensor in weights.values()
                if tensor.ndim == 4 and tensor.shape[0] > 1  # thresholds of FRN are (1, C, 1, 1)
            ]
        )
        for weights in (first, second)
    )
    return float(torch.nn.functional.cosine_similarity(one, other, dim=0))
