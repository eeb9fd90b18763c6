"""Arithmetic of networks: their convolutions and matrix products."""

from collections.abc import Callable

import torch
from torch.utils.flop_counter import FlopCounterMode

from kunster.networks.description import Description
from kunster.networks.stylizer import only

SIDE = 64  # pixels; networks are in the same proportions at any size


def flop_of(work: Callable[[], object]) -> int:
    """Operations of convolutions and matrix products; a multiplication and an addition are 2."""
    with FlopCounterMode(display=False) as counter:
        work()
    return int(counter.get_total_flops())


def flop_a_pixel(description: Description) -> float:
    """Operations of a network for a pixel of its picture; none is computed.

    Raises:
        UserError: alpha or beta give no network.
    """
    with torch.device("meta"):
        network, frames = only(description.build(), 0), torch.empty(1, 3, SIDE, SIDE)
        return flop_of(lambda: network(frames)) / SIDE**2
