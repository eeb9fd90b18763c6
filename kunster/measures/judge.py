"""The perceptual network behind style and content distances."""

from pathlib import Path

import torch

from kunster.console.options import JUDGE
from kunster.errors import UserError
from kunster.losses.features import PerceptualNetwork
from kunster.losses.vgg import load_vgg19
from kunster.losses.weights import load_vgg


def load_judge(judge: str | Path = JUDGE) -> PerceptualNetwork:
    """The VGG-19 that ships, or a file of VGG-16 or VGG-19 weights.

    Raises:
        UserError: no such file, or not weights of either.
    """
    if str(judge) == JUDGE:
        network = load_vgg19()
    else:
        path = Path(judge).expanduser()
        if not path.is_file():
            raise UserError(f"judge={judge}: must be vgg19 or a file of VGG-16 or VGG-19 weights")
        network = load_vgg(path)
    return network.cast(torch.float32)  # channels last is a seventh faster
