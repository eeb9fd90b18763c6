"""Arithmetic against closed forms."""

import pytest
import torch

from kunster.networks.arithmetic import flop_a_pixel, flop_of
from kunster.networks.stylizer import kunster

from ..random_networks import describe

HEIGHT, WIDTH = 64, 96
# id 14: kernel, channels in and out, how often its outputs are fewer than pixels in each direction
CONVOLUTIONS = [
    *((3, 3, 8, 1), (3, 8, 12, 2), (3, 12, 16, 4)),
    *[(3, 16, 16, 4)] * 4,
    *((3, 16, 12, 2), (3, 12, 8, 1), (3, 8, 3, 1)),
]


def arithmetic(kernel: int, inputs: int, outputs: int, shrunk: int) -> int:
    """A multiplication and an addition for each weight and output pixel."""
    return 2 * kernel**2 * inputs * outputs * (HEIGHT // shrunk) * (WIDTH // shrunk)


FORWARD = sum(arithmetic(*each) for each in CONVOLUTIONS)


def test_the_arithmetic_of_id_14_is_that_of_its_convolutions():
    frames, network = torch.rand(2, 3, HEIGHT, WIDTH), kunster()
    assert flop_of(lambda: network(frames)) == 2 * FORWARD


def test_backward_has_two_of_each_but_for_the_gradient_of_the_picture():
    frames, network = torch.rand(1, 3, HEIGHT, WIDTH), kunster()
    found = flop_of(lambda: network(frames).sum().backward())
    assert found == 3 * FORWARD - arithmetic(*CONVOLUTIONS[0])


@pytest.mark.parametrize("inner", [64, 96])
def test_a_matrix_product_has_two_operations_for_each_of_its_sums_terms(inner):
    first, second = torch.rand(32, inner), torch.rand(inner, 48)
    assert flop_of(lambda: first @ second) == 2 * 32 * inner * 48


@pytest.mark.parametrize("kind", ["kunster", "dilated"])
def test_a_pixel_has_its_share_of_the_picture_whatever_the_dilations(kind):
    description = describe(kind=kind)
    assert (description.alpha, description.beta) == (0.25, 0.5)
    assert flop_a_pixel(description) == FORWARD / (HEIGHT * WIDTH)
