"""A smaller stylizer of the same family, cut out of a trained one."""

import copy
from collections.abc import Sequence

from torch import Tensor

from kunster.networks.stylizer import Stylizer
from kunster.prune.groups import FIRST_BLOCK, Group, Shape, blocks_of, groups_of, shape_of
from kunster.prune.importance import Importance, block_changes


def without_blocks(network: Stylizer, blocks: int, photos: Sequence[Tensor]) -> Stylizer:
    """A copy with `blocks` residual blocks: the one whose loss changes the photos least goes first.

    Args:
        photos: (1, 3, H, W), RGB in [0, 1].
    """
    network = copy.deepcopy(network)
    while (shape := shape_of(network)).blocks > blocks:
        least = int(block_changes(network, blocks_of(shape), photos).argmin())
        del network.encoder[FIRST_BLOCK + least]  # those after it move up
    return network


def kept_channels(network: Stylizer, widths: Sequence[int], importance: Importance) -> list[Tensor]:
    """Indices of the most important channels of each group, in ascending order.

    Args:
        widths: how many to keep at full, half and quarter resolution.
    """
    kept = []
    for group in groups_of(shape_of(network)):
        worth = importance(network, group)
        kept.append(worth.topk(widths[group.level]).indices.sort().values)
    return kept


def cut(network: Stylizer, kept: Sequence[Tensor], end_kernel: int) -> dict[str, Tensor]:
    """The state of a network with only the channels kept.

    Larger kernels at the ends are cropped to their middle.

    Args:
        kept: indices for each group of `groups_of`.
    """
    tensors = dict(network.state_dict())
    for group, indices in zip(groups_of(shape_of(network)), kept, strict=True):
        _cut_group(tensors, group, indices)
    for name in ("encoder.0.0.weight", "decoder.2.weight"):
        tensors[name] = _middle(tensors[name], end_kernel)
    return tensors


def pruned(
    network: Stylizer, shape: Shape, importance: Importance, photos: Sequence[Tensor]
) -> dict[str, Tensor]:
    """The tensors of a network of that shape: blocks are cut first, then channels.

    Args:
        shape: one that `fits_into` the network's.
        photos: (1, 3, H, W), RGB in [0, 1], to choose blocks by.
    """
    assert shape.fits_into(shape_of(network))
    network = without_blocks(network, shape.blocks, photos)
    return cut(network, kept_channels(network, shape.widths, importance), shape.end_kernel)


def _cut_group(tensors: dict[str, Tensor], group: Group, indices: Tensor) -> None:
    for name in (name for chain in group.writers for name in chain):
        for part in [each for each in tensors if each.startswith(f"{name}.")]:
            # the values of FRN and TLU are (1, C, 1, 1), all others begin with the channels
            axis = 0 if tensors[part].shape[0] > 1 else 1
            tensors[part] = tensors[part].index_select(axis, indices)
    for name in group.readers:
        tensors[f"{name}.weight"] = tensors[f"{name}.weight"].index_select(1, indices)


def _middle(kernels: Tensor, size: int) -> Tensor:
    """(O, I, K, K) to (O, I, size, size)."""
    margin = (kernels.shape[-1] - size) // 2
    return kernels[..., margin : margin + size, margin : margin + size]
