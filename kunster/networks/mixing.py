"""Styles out of a network of several: one alone or a mixture, as a plain network; no torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kunster.console.choices import among
from kunster.errors import UserError
from kunster.networks.description import Description
from kunster.networks.stored import StoredNetwork

Weights = Mapping[str, float]  # of styles by name; their proportions count


def fold(network: StoredNetwork, shares: Sequence[float]) -> StoredNetwork:
    """The plain network that paints a mixture of the styles of another.

    Its norms are the weighted means of those of the styles; a share of 1 gives that style exactly.

    Args:
        shares: of each style, adding up to 1, see `shares_of`.
    """
    plain = replace(network.shape, styles=0)
    of_styles = np.asarray(shares, np.float32)
    arrays = {
        name: array if array.shape == plain.tensors()[name] else of_styles @ array
        for name, array in network.arrays.items()
    }
    return StoredNetwork(plain, arrays)


def folded(
    network: StoredNetwork, description: Description, weights: Weights
) -> tuple[StoredNetwork, Description]:
    """A style or a mixture of a network of several, as a plain network with its description.

    Raises:
        UserError: the network has one style, or the weights are not possible.
    """
    styles = choices(description)
    shares = shares_by_name(styles, weights)
    return fold(network, shares), description.folded(mixture_name(styles, shares))


@dataclass(frozen=True)
class Change:
    """A network of several styles, and the mixtures between two of them.

    Attributes:
        name: both styles or mixtures, in words, such as `scream to udnie`.
        begin, end: shares of each style, adding up to 1.
    """

    network: StoredNetwork
    name: str
    begin: tuple[float, ...]
    end: tuple[float, ...]

    def at(self, part: float) -> StoredNetwork:
        """The plain network after a part of the way, from 0 to 1."""
        both = zip(self.begin, self.end, strict=True)
        return fold(self.network, [(1 - part) * begin + part * end for begin, end in both])


def changing(
    network: StoredNetwork, description: Description, begin: Weights, end: Weights
) -> Change:
    """The way from one style or mixture of a network of several to another.

    Raises:
        UserError: see `folded`.
    """
    styles = choices(description)
    shares = [tuple(shares_by_name(styles, each)) for each in (begin, end)]
    return Change(network, " to ".join(mixture_name(styles, each) for each in shares), *shares)


def choices(description: Description) -> tuple[str, ...]:
    """The styles of a network of several.

    Raises:
        UserError: the network has one.
    """
    if description.styles is None:
        raise UserError(f"--style: this network paints one style alone, {description.style}")
    return description.styles


def with_style(
    base: StoredNetwork, description: Description, plain: StoredNetwork, style: str
) -> tuple[StoredNetwork, Description]:
    """The network of several styles with one more, whose norms are those of `plain`.

    All else stays as it is, so the other styles paint as before.

    Raises:
        UserError: there is a style of that name, or `plain` has other convolutions.
    """
    names = check_new(description, style)
    shape = replace(base.shape, styles=len(names))
    arrays = {}
    for name, array in base.arrays.items():
        if array.shape != shape.tensors()[name]:
            arrays[name] = np.vstack([array, plain.arrays[name]])
        elif np.array_equal(array, plain.arrays[name]):
            arrays[name] = array
        else:
            raise UserError(f"style {style}: its {name} is not that of the network of several")
    count = sum(array.size for array in arrays.values())
    learned = ",".join(dict.fromkeys([*(description.learned or "").split(","), style]))
    new = replace(
        description,
        styles=names,
        parameters=count,
        learned=learned if description.learned else None,
    )
    return StoredNetwork(shape, arrays), new


def check_new(description: Description, style: str) -> tuple[str, ...]:
    """The styles of a network of several, and a new one.

    Raises:
        UserError: it has no norms of styles, or one of that name already.
    """
    if description.styles is None:
        raise UserError(f"holds {description.architecture}, not a network of several styles")
    if style in description.styles:
        raise UserError(f"style {style}: is there already; give the new one another name")
    return (*description.styles, style)


def parse_weights(text: str) -> dict[str, float]:
    """Weights as a command line has them: `scream`, or `scream:0.7,udnie:0.3`.

    Raises:
        UserError: a weight is no number, or a name is there twice.
    """
    found: dict[str, float] = {}
    for part in text.split(","):
        name, colon, weight = part.strip().partition(":")
        if name in found:
            raise UserError(f"style={text}: {name} is there twice")
        try:
            found[name] = float(weight) if colon else 1.0
        except ValueError as error:
            raise UserError(
                f"style={text}: {weight} is no number; styles and weights go as "
                "scream:0.7,udnie:0.3"
            ) from error
    return found


def shares_by_name(styles: Sequence[str], weights: Weights) -> list[float]:
    """The share of each style, adding up to 1.

    Raises:
        UserError: there is no style of a name, or see `shares_of`.
    """
    for name in weights:
        if name not in styles:
            raise UserError(f"style={name}: not in this network; {among(name, styles)}")
    return shares_of([weights.get(name, 0.0) for name in styles])


def shares_of(weights: Sequence[float]) -> list[float]:
    """The same proportions, adding up to 1: 0.25 and 0.75 of 1 and 3.

    Raises:
        UserError: a weight is negative or no number, or all are 0.
    """
    total = sum(weights)
    if not (all(weight >= 0 for weight in weights) and 0 < total < float("inf")):
        said = " ".join(f"{weight:g}" for weight in weights)
        raise UserError(f"weights {said}: must be numbers from 0 up, and not all 0")
    return [weight / total for weight in weights]


def mixture_name(styles: Sequence[str], shares: Sequence[float]) -> str:
    """`scream`, or `0.7 scream + 0.3 udnie`."""
    parts = [part for part in zip(styles, shares, strict=True) if part[1] != 0]
    if len(parts) == 1:
        return parts[0][0]
    return " + ".join(f"{share:.3g} {style}" for style, share in parts)
