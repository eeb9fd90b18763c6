"""A network from any file of weights: kunster's own, or another tool's, converted on reading."""

import logging
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from kunster.errors import UserError
from kunster.networks.description import FOREIGN, Description
from kunster.networks.fitting import fitting, groups_in, read_weights, with_their_weights
from kunster.networks.foreign import keeps_statistics
from kunster.networks.model_file import load_model
from kunster.networks.model_paths import check_weights
from kunster.networks.stylizer import Stylizer
from kunster.networks.value_range import RANGES, folded, found_range
from kunster.pictures.images import as_image

logger = logging.getLogger(__name__)

SHOWN = (64, 96)  # height and width of the photos that show a network's range


def read_network(path: Path) -> tuple[Stylizer, Description]:
    """The network in a file of weights, in eval mode on the CPU; nothing in it is executed.

    Another tool's is taken where its layers are those of `network=johnson`, of `network=reconet` or
    of Table II, whatever their names; its style gets the name of the file. One warning says as what
    it was taken. Differences without tensors, such as a ReLU after the residual sum, remain.

    Raises:
        UserError: missing, damaged, or holding more than weights; or another tool's that fits none
            of our networks, has batch norms, or whose range cannot be found.
    """
    check_weights(path)
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    content, ours = read_weights(path)
    return load_model(path) if ours else _converted(path, content)


def _converted(path: Path, content: object) -> tuple[Stylizer, Description]:
    groups = groups_in(path, content)
    found = fitting(groups)
    if found is None:
        name, tensor = next(iter(groups[0].items()))
        held = f"{len(groups[0])} tensors, the first {name} {tuple(tensor.shape)}"
        raise UserError(f"{path}: holds {held}, which fit none of our networks; {FOREIGN}")
    taken = found.architecture
    if keeps_statistics(content):
        raise UserError(
            f"{path}: holds the layers of {taken} with the means of batch norms, where instance "
            f"norms are needed; {FOREIGN}"
        )
    network = with_their_weights(path, content, found)
    try:
        values = found_range(network, _photos())
    except UserError as error:
        raise UserError(f"{path}: {error}; {FOREIGN}") from error
    logger.warning("%s: weights of another tool, taken for %s start_range=%s", path, taken, values)
    return folded(network, RANGES[values]), replace(found, style=path.stem)


def _photos() -> Tensor:
    """Two photographs that come with scikit-image: (2, 3, H, W), RGB in [0, 1]."""
    from skimage import data

    pictures = (data.astronaut(), data.chelsea())  # type: ignore[no-untyped-call]
    return torch.cat([F.interpolate(as_image(each), SHOWN, mode="area") for each in pictures])
