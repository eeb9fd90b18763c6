"""The registry of network kinds.

A new kind is a module with a function that builds the network, and an entry in `KINDS`. A model
file names its kind; it is looked up here, so nothing from a file is ever imported.
"""

from collections.abc import Callable
from typing import NamedTuple

from kunster.networks.stylizer import Stylizer, dilated, johnson, kunster, reconet


class Kind(NamedTuple):
    """How to build a kind of network.

    Attributes:
        build: returns the network with random weights.
        parameters: fields of a `Description` that `build` takes by name, any of alpha, beta,
            layout and norm; norm is `instance` for kinds without it.
    """

    build: Callable[..., Stylizer]
    parameters: tuple[str, ...] = ()


KINDS: dict[str, Kind] = {
    "kunster": Kind(kunster, ("alpha", "beta", "layout", "norm")),
    "reconet": Kind(reconet),
    "johnson": Kind(johnson),
    "dilated": Kind(dilated, ("alpha", "beta", "layout", "norm")),
}
