"""Norms made part of their convolutions, against the network in torch with its norms."""

import numpy as np
import pytest
import torch

from kunster.networks.fixed_norms import Moments, with_fixed_norms
from kunster.networks.model_file import as_stylizer
from kunster.networks.stored import StoredNetwork

from ..random_networks import describe, random_network

KINDS = [
    {"alpha": 0.125, "beta": 0.25},
    {"alpha": 0.125, "norm": "frn"},
    {"alpha": 0.125, "kind": "dilated"},
    {"alpha": 0.125, "beta": 1.0},  # its ends are 9x9
]


def measured(network, frames):
    """Statistics of every norm of a module of torch on frames (B, 3, H, W)."""
    found = {}

    def keep(name):
        def hook(module, inputs):
            features = inputs[0]
            mean = features.mean(dim=(0, 2, 3), keepdim=True)
            if network.shape.norm == "frn":
                mean = torch.zeros_like(mean)
            variance = (features - mean).square().mean(dim=(0, 2, 3))
            found[name] = Moments(mean.ravel().numpy(), variance.numpy())

        return hook

    hooks = [
        network.get_submodule(name).register_forward_pre_hook(keep(name))
        for name in network.shape.norms
    ]
    with torch.inference_mode():
        network(frames)
    for hook in hooks:
        hook.remove()
    return found


def fixed(network, frames):
    stored = StoredNetwork.of(network)
    return with_fixed_norms(stored, measured(network, frames))


@pytest.mark.parametrize("kind", KINDS)
def test_with_its_own_statistics_a_picture_is_painted_as_before(kind):
    network = random_network(describe(**kind))
    frames = torch.rand(1, 3, 64, 80)
    without = as_stylizer(fixed(network, frames))
    assert not [name for name, _ in without.named_parameters() if name[:-7] in network.shape.norms]
    with torch.inference_mode():
        torch.testing.assert_close(without(frames), network(frames), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_a_pixel_depends_on_what_is_within_reach_and_on_no_more(kind):
    network = random_network(describe(**kind))
    reach = network.shape.reach
    side = 2 * (reach // 4 + 3) * 4  # the middle is at a multiple of 4
    frames = torch.rand(1, 3, side, side)
    local = as_stylizer(fixed(network, frames))
    frames.requires_grad_(True)
    found = []
    for row in (side // 2, side // 2 + 3):  # the first and the last of four
        gradient = torch.autograd.grad(local(frames)[0, :, row, row].sum(), frames)[0]
        rows = np.flatnonzero(gradient.abs().sum(dim=(0, 1, 3)).numpy())
        found += [row - rows[0], rows[-1] - row]
    assert reach - 4 < max(found) <= reach


def test_id_14_with_dilated_blocks_sees_what_its_description_says():
    network = random_network(describe(kind="dilated"))
    assert 2 * (network.shape.reach - 3) + 1 == 137
