"""The perceptual network behind style and content distances: slim or VGG."""

from pathlib import Path

import torch

from kunster.errors import UserError
from kunster.losses.features import PerceptualNetwork
from kunster.losses.weights import load_vgg

SLIM = "slim"


def load_judge(judge: str | Path = SLIM) -> PerceptualNetwork:
    """Loads `slim`, the network that ships, or a file of VGG-16 or VGG-19 weights.

    Raises:
        UserError: no such file, or not weights of either.
    """
    if str(judge) == SLIM:
        from kunster.losses.slim import load_slim

        return load_slim()
    path = Path(judge).expanduser()
    if not path.is_file():
        raise UserError(f"judge={judge}: must be slim or a file of VGG-16 or VGG-19 weights")
    return load_vgg(path).cast(torch.float32)  # channels last is a seventh faster
