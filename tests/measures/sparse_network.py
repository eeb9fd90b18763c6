"""A stylizer that makes a bubble as instance norm makes them: out of next to nothing."""

import torch

from kunster.networks.stylizer import Stylizer, kunster

CHAIN = ("encoder.0", "encoder.1", "encoder.2", "decoder.0", "decoder.1")


@torch.no_grad()
def sparse_network(threshold: float) -> Stylizer:
    """Grey, and brighter where a feature lies `threshold` standard deviations above its mean.

    One channel carries the photo's brightness to the first residual block. Its first norm takes
    the threshold off, so that after the ReLU next to nothing is left, which its second norm
    stretches to a deviation of 1: the fewer the places, the higher they tower.
    """
    network = kunster(0.125, 0.5).eval().requires_grad_(False)
    for parameter in network.parameters():
        parameter.zero_()
    for layer in CHAIN:
        _pass_on(network, layer, source=0, target=0)
    network.get_parameter("encoder.0.0.weight")[0, :, 1, 1] = 1.0
    network.get_parameter("encoder.2.1.bias")[0] = 4.0  # the ReLU after it takes nothing away
    _pass_on(network, "encoder.3.body", source=0, target=1)
    network.get_parameter("encoder.3.body.1.bias")[1] = -threshold
    network.get_parameter("encoder.3.body.3.weight")[1, 1, 1, 1] = 1.0
    network.get_parameter("encoder.3.body.4.weight")[1] = 1.0
    network.get_parameter("decoder.0.0.weight")[0] = 0.0
    network.get_parameter("decoder.0.0.weight")[0, 1, 1, 1] = 1.0
    network.get_parameter("decoder.2.weight")[:, 0, 1, 1] = 0.1
    network.get_parameter("decoder.2.bias").fill_(0.4)
    return network


def _pass_on(network: Stylizer, layer: str, source: int, target: int) -> None:
    """The channel `source` becomes `target`, normalised."""
    network.get_parameter(f"{layer}.0.weight")[target, source, 1, 1] = 1.0
    network.get_parameter(f"{layer}.1.weight")[target] = 1.0
