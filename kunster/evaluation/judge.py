"""The perceptual network that judges: the one that ships, or real VGG weights from a file."""

import re
from pathlib import Path

from kunster.errors import UserError
from kunster.losses.features import PerceptualNetwork
from kunster.losses.weights import VGG16, VGG19, load_vgg

SLIM = "slim"


def load_judge(judge: str | Path = SLIM) -> PerceptualNetwork:
    """`slim`, the network that ships, or a file of VGG-16 or VGG-19 weights named after it.

    Raises:
        UserError: no such file, or not weights of the network that its name says.
    """
    if str(judge) == SLIM:
        from kunster.losses.slim import load_slim

        return load_slim()
    path = Path(judge).expanduser()
    if not path.is_file():
        raise UserError(f"judge={judge}: must be slim or a file of VGG-16 or VGG-19 weights")
    found = re.search(r"vgg_?-?(16|19)", path.name.lower())
    if found is None:
        raise UserError(f"judge={judge}: name the file vgg16… or vgg19…, after what it holds")
    if found[1] == "16":
        return load_vgg(path, VGG16)
    if path.suffix not in (".npz", ".h5", ".hdf5"):
        raise UserError(f"judge={judge}: VGG-19 is read from Keras' .npz or .h5 alone")
    return load_vgg(path, VGG19)
