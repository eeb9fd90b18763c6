"""The networks of Table II without training: what a device needs to be measured."""

from dataclasses import replace

import torch

from kunster.networks.description import Description
from kunster.networks.stylizer import Stylizer, parameter_count
from kunster.networks.table2 import ROWS, Row

SEED = 0  # of their weights, which make no difference to the time


def untrained(row: Row) -> tuple[Stylizer, Description]:
    """The network of a row with random weights, always the same ones."""
    described = Description(
        style="untrained",
        kind="kunster",  # the paper's
        alpha=row.alpha,
        beta=row.beta,
        layout="table2",
        norm="instance",
        stage="perceptual",
        parameters=0,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        network = described.build().requires_grad_(False).eval()
    return network, replace(described, parameters=parameter_count(network))


def smallest_first() -> list[tuple[Row, Stylizer, Description]]:
    """All 15, so that a phone shows figures soon."""
    found = [(row, *untrained(row)) for row in ROWS]
    return sorted(found, key=lambda each: each[2].parameters)
