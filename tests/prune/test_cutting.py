"""Cutting what does nothing changes nothing; what is left is a network of the same family."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from kunster.networks.layers import ResidualBlock
from kunster.networks.model_file import with_weights
from kunster.networks.table2 import ROWS
from kunster.prune.cutting import pruned, without_blocks
from kunster.prune.groups import FIRST_BLOCK, groups_of, shape_of
from kunster.prune.importance import importance_by, scales

from ..random_networks import describe, random_network

PARAMETERS = (  # of ids 1 to 15, by the layers of Table I and the ends that Table II was made with
    *(469731, 267627, 121971, 32763, 9327, 307683, 173739, 77811, 19899, 5199),
    *(233571, 131979, 59187, 15195, 3999),
)


@pytest.fixture(scope="module")
def pictures(photos) -> list[torch.Tensor]:
    resized = [torch.from_numpy(photo).permute(2, 0, 1)[None] / 255 for photo in photos]
    return [F.interpolate(photo, (64, 68), mode="area") for photo in resized]


def of_row(number: int, **changes):
    row = ROWS[number - 1]
    return describe(alpha=row.alpha, beta=row.beta, **changes)


def widened(small, description):
    """The network described doing what `small` does; its other channels give 0, spread at random.

    What makes those channels and what takes them weighs at random all the same.
    """
    network = random_network(description, seed=1)
    random = torch.Generator().manual_seed(2)
    outputs, inputs = {}, {}
    widths, of_small = shape_of(network).widths, shape_of(small).widths
    for group in groups_of(shape_of(network)):
        places = torch.randperm(widths[group.level], generator=random)
        places = places[: of_small[group.level]].sort().values
        outputs |= {layer: places for chain in group.writers for layer in chain}
        inputs |= dict.fromkeys(group.readers, places)
    ours, rgb = network.state_dict(), torch.arange(3)
    for name, tensor in small.state_dict().items():
        layer = name.rpartition(".")[0]
        rows, columns = outputs.get(layer, rgb), inputs.get(layer, rgb)
        if not isinstance(network.get_submodule(layer), nn.Conv2d):
            ours[name].zero_()
        if tensor.ndim == 1:
            ours[name][rows] = tensor
        elif tensor.shape[0] == 1:
            ours[name][:, rows] = tensor
        else:
            ours[name][rows[:, None], columns] = tensor
    return network


@pytest.mark.parametrize("norm", ["instance", "frn"])
def test_channels_that_give_0_are_cut_and_the_network_below_them_is_left(pictures, norm):
    small = random_network(of_row(15, norm=norm))
    large = widened(small, of_row(14, norm=norm))
    assert torch.allclose(large(pictures[0]), small(pictures[0]), atol=1e-5)
    tensors = pruned(large, shape_of(small), importance_by("picture", pictures), pictures)
    expected = small.state_dict()
    assert tensors.keys() == expected.keys()
    for name, tensor in expected.items():
        assert torch.equal(tensors[name], tensor), name


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_block_that_adds_0_is_the_one_to_go(pictures, place):
    small = random_network(of_row(15))
    large = copy.deepcopy(small)
    idle = ResidualBlock(8).requires_grad_(False)
    idle.body[-1].weight.zero_()
    large.encoder.insert(FIRST_BLOCK + place, idle)
    found = without_blocks(large, 2, pictures).state_dict()
    for name, tensor in small.state_dict().items():
        assert torch.equal(found[name], tensor), name
    assert shape_of(large).blocks == 3  # the network given is left alone


@pytest.mark.parametrize("number", range(2, 16))
def test_id_1_becomes_every_other_network_of_table_2(pictures, number):
    target = of_row(number)
    assert target.parameters == PARAMETERS[number - 1]
    with torch.device("meta"):
        shape = shape_of(target.build())
    network = random_network(of_row(1))
    tensors = pruned(network, shape, lambda network, group: scales(network, group), pictures[:1])
    assert shape_of(with_weights(target, tensors)) == shape  # which takes no tensor of another size
    kernels = tensors["encoder.0.0.weight"]
    if kernels.shape[-1] == 3:  # of 9x9 kernels the middle stays
        middle = network.encoder[0][0].weight[..., 3:6, 3:6]
        assert all(any(torch.equal(kernel, each) for each in middle) for kernel in kernels)
