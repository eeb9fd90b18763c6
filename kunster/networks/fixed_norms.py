"""Norms whose statistics are known, made part of the convolutions before them; no torch.

What is left looks at a pixel's neighbourhood alone, so that a large picture can be painted in
tiles.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from kunster.networks.shapes import EPSILON
from kunster.networks.stored import StoredNetwork


class Moments(NamedTuple):
    """Mean and variance of the features before a norm, one for each channel, float32 (C,).

    Attributes:
        mean: 0 for FRN, which takes none.
        variance: the mean square for FRN.
    """

    mean: np.ndarray
    variance: np.ndarray


Statistics = Mapping[str, Moments]  # by the name of the norm


def with_fixed_norms(network: StoredNetwork, statistics: Statistics) -> StoredNetwork:
    """The same network without norms: its convolutions apply these statistics to every picture.

    Args:
        network: a plain one, or one whose style was chosen.
    """
    arrays = dict(network.arrays)
    for name, (mean, variance) in statistics.items():
        block, _, place = name.rpartition(".")
        weight, bias = (f"{block}.{int(place) - 1}.{kind}" for kind in ("weight", "bias"))
        scale, shift = (arrays.pop(f"{name}.{kind}").ravel() for kind in ("weight", "bias"))
        scale = scale / np.sqrt(variance + np.float32(EPSILON[network.shape.norm]))
        arrays[weight] = arrays[weight] * scale[:, None, None, None]
        arrays[bias] = (arrays[bias] - mean) * scale + shift
    return StoredNetwork(network.shape, arrays)
