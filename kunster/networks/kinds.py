"""The registry of network kinds.

A new kind is a module with a function that builds the network, and an entry in `KINDS`. A model
file names its kind; it is looked up here, so nothing from a file is ever imported.
"""

from collections.abc import Callable
from dataclasses import astuple
from typing import TYPE_CHECKING, Any, NamedTuple

from kunster.networks import shapes
from kunster.networks.shapes import Shape

if TYPE_CHECKING:
    from kunster.networks.stylizer import Stylizer


class Kind(NamedTuple):
    """How to build a kind of network.

    Attributes:
        build: returns the network with random weights.
        parameters: fields of a `Description` that `build` takes by name, any of alpha, beta,
            layout, norm and styles; norm is `instance` for kinds without it.
        shape: what `build` builds, for painting without torch; kinds without it need torch.
    """

    build: Callable[..., "Stylizer"]
    parameters: tuple[str, ...] = ()
    shape: Callable[..., Shape] | None = None


def _of_shape(shape: Callable[..., Shape], *parameters: str) -> Kind:
    def build(**values: Any) -> "Stylizer":
        from kunster.networks.stylizer import Stylizer

        return Stylizer(*astuple(shape(**values)))

    return Kind(build, parameters, shape)


KINDS: dict[str, Kind] = {
    "kunster": _of_shape(shapes.kunster, "alpha", "beta", "layout", "norm"),
    "reconet": _of_shape(shapes.reconet),
    "johnson": _of_shape(shapes.johnson),
    "dilated": _of_shape(shapes.dilated, "alpha", "beta", "layout", "norm"),
    "multistyle": _of_shape(shapes.multistyle, "alpha", "beta", "layout", "norm", "styles"),
}
