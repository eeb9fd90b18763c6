"""Random networks whose every parameter matters, and what they paint."""

import numpy as np
import torch

from kunster.networks.description import Description
from kunster.networks.stylizer import Stylizer, parameter_count, stylize
from kunster.pictures.images import as_image


def random_network(description: Description, seed: int = 0) -> Stylizer:
    """No affine value, threshold or bias at its default; outputs around a half."""
    torch.manual_seed(seed)
    network = description.build().requires_grad_(False).eval()
    for parameter in network.parameters():
        if parameter.ndim <= 2 or parameter.shape[0] == 1:
            parameter += 0.2 * torch.randn_like(parameter)
    network.decoder[-1].weight.mul_(0.2)
    network.decoder[-1].bias.fill_(0.5)
    return network


def painted(network: Stylizer, picture: np.ndarray) -> np.ndarray:
    """A picture uint8 RGB (H, W, 3), stylized: float32, clamped, in steps of 1/255, not rounded."""
    with torch.inference_mode():
        return stylize(network, as_image(picture))[0].permute(1, 2, 0).numpy() * 255


def describe(**changes) -> Description:
    values = {"kind": "kunster", "alpha": 0.25, "beta": 0.5, "layout": "table2", "norm": "instance"}
    values |= {"style": "scream", "stage": "perceptual", "parameters": 0} | changes
    if values["kind"] == "multistyle":
        values = {"styles": ("scream", "udnie", "mine")} | values
    count = parameter_count(Description(**values).build())
    return Description(**values | {"parameters": count})
