import torch
from torch import nn

from kunster.export.executorch_file import Cut, Mirror, in_plain_operations
from kunster.networks.rewriting import rewritten

from ..random_networks import describe, random_network


def test_the_same_function(network):
    frames = torch.rand(1, 3, 64, 72)
    wanted = network(frames)
    plain = in_plain_operations(rewritten(network, transposed=False))
    kinds = {type(module) for module in plain.modules()}
    assert not kinds & {nn.InstanceNorm2d, nn.ReflectionPad2d, nn.ReplicationPad2d}
    torch.testing.assert_close(plain(frames), wanted, rtol=0, atol=1e-4)


def test_the_same_function_where_blocks_are_dilated():
    dilated = random_network(describe(kind="dilated"))
    frames = torch.rand(1, 3, 64, 72)
    wanted = dilated(frames)
    plain = in_plain_operations(rewritten(dilated, transposed=False))
    torch.testing.assert_close(plain(frames), wanted, rtol=0, atol=1e-4)


def test_the_same_mixture_of_styles():
    styled = random_network(describe(kind="multistyle")).mix(torch.tensor([[0.25, 0.0, 0.75]]))
    frames = torch.rand(1, 3, 64, 72)
    wanted = styled(frames)
    plain = in_plain_operations(rewritten(styled, transposed=False))
    torch.testing.assert_close(plain(frames), wanted, rtol=0, atol=1e-4)


def test_mirrors_of_four_pixels_and_of_one_side():
    picture = torch.rand(1, 2, 7, 9)
    for margins in ((4, 4, 4, 4), (1, 0, 2, 3)):
        wanted = nn.ReflectionPad2d(margins)(picture)
        assert torch.equal(Mirror(margins, 1)(picture), wanted)
    one = nn.ReplicationPad2d((1, 0, 1, 1))(picture)
    assert torch.equal(Mirror((1, 0, 1, 1), 0)(picture), one)


def test_cut_is_padding_by_less_than_nothing():
    picture = torch.rand(1, 2, 7, 9)
    assert torch.equal(Cut((-1, -2, 0, -1))(picture), nn.ZeroPad2d((-1, -2, 0, -1))(picture))
