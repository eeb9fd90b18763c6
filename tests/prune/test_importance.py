"""What a channel is worth, by formulas and by networks whose weights for it are 0."""

import copy

import pytest
import torch
from torch.nn import functional as F

from kunster.networks.stylizer import stylize
from kunster.prune.groups import groups_of, shape_of
from kunster.prune.importance import filter_sizes, picture_changes, scales

STREAM, LAST = 2, -1  # groups


@pytest.fixture(scope="module")
def pictures(photos) -> list[torch.Tensor]:
    resized = [torch.from_numpy(photo).permute(2, 0, 1)[None] / 255 for photo in photos]
    return [
        F.interpolate(photo, size, mode="area")
        for photo, size in zip(resized, (64, 80), strict=True)
    ]


def test_a_channel_of_the_last_layer_is_worth_the_mean_square_of_what_it_paints(network, pictures):
    last = network.decoder[-1]
    last.weight.mul_(0.05)  # far from 0 and 1, where clamping would take part
    painted = []
    for picture in pictures:
        features = F.pad(network.decoder[:-1](network.encode(picture)), (1, 1, 1, 1), "reflect")
        alone = [
            F.conv2d(features[:, [channel]], last.weight[:, [channel]])
            for channel in range(features.shape[1])
        ]
        painted.append(torch.stack([part.square().mean() for part in alone]))
    found = picture_changes(network, groups_of(shape_of(network))[LAST], pictures)
    torch.testing.assert_close(found, torch.stack(painted).mean(dim=0))


@pytest.mark.parametrize("place", range(7))
def test_a_channel_is_silent_as_if_its_norms_scaled_it_to_0(network, pictures, place):
    group = groups_of(shape_of(network))[place]
    found = picture_changes(network, group, pictures)
    for channel in (0, len(found) - 1):
        edited = copy.deepcopy(network)
        for chain in group.writers:
            for layer in chain[1:]:
                for parameter in edited.get_submodule(layer).parameters():
                    parameter.view(-1)[channel] = 0
        errors = [(stylize(edited, each) - stylize(network, each)).square() for each in pictures]
        expected = torch.stack([error.mean() for error in errors]).mean()
        torch.testing.assert_close(found[channel], expected)
        assert expected > 0


def test_scales_of_norms_that_add_up_are_squared_and_summed(network):
    group = groups_of(shape_of(network))[STREAM]
    for chain, scale in zip(group.writers, (2, -3, 6), strict=True):
        network.get_parameter(f"{chain[1]}.weight").fill_(scale)
    assert torch.equal(scales(network, group), torch.full((16,), 7.0))  # 4 + 9 + 36 = 49


def test_sizes_of_filters_are_sums_of_absolute_weights(network):
    group = groups_of(shape_of(network))[STREAM]
    for chain in group.writers:
        network.get_parameter(f"{chain[0]}.weight").fill_(-0.5)
    inputs = 12 + 16 + 16  # of the encoder's last convolution and of two blocks
    assert torch.equal(filter_sizes(network, group), torch.full((16,), inputs * 9 * 0.5))
