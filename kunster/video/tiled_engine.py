"""Large pictures, painted in tiles that no eye and no measure finds."""

import numpy as np

from kunster.console.options import AUTO
from kunster.networks.fixed_norms import with_fixed_norms
from kunster.networks.stored import StoredNetwork
from kunster.video.choose_engine import build_engine
from kunster.video.engines import SMALLEST, Engine
from kunster.video.norm_statistics import statistics
from kunster.video.tiles import Size, Tiles

# 1 GB for the widest network's largest layer, in float32: larger pictures are painted in tiles
LARGEST_WHOLE = 8_000_000
LARGEST_TILE = 4_000_000


class TiledEngine(Engine):
    """An engine for pictures of any size, in the memory of one tile.

    The statistics of the norms are taken once for the picture, from a sample, and every tile is
    painted with them. Tiles overlap by what a pixel depends on, so there is nothing to blend.

    Args:
        network: a plain one, or one whose style was chosen.
        choice: see `build_engine`.
    """

    def __init__(self, network: StoredNetwork, size: Size, choice: str = AUTO) -> None:
        super().__init__(size, streams=1)
        self.tiles = Tiles.of(self.padded_size, network.shape.reach, LARGEST_TILE)
        self._network, self._choice = network, choice
        self._name = build_engine(network, (SMALLEST, SMALLEST), choice).name  # of any size

    @property
    def name(self) -> str:
        return f"{self._name}, in {self.tiles}"

    def run(self, frame: np.ndarray) -> np.ndarray:
        fixed = with_fixed_norms(self._network, statistics(self._network, frame, self._choice))
        engine = build_engine(fixed, self.tiles.size, self._choice)
        painted = np.empty_like(frame)
        for rows, columns in self.tiles:
            tile = engine(frame[rows.seen, columns.seen])
            painted[rows.kept, columns.kept] = tile[rows.inner, columns.inner]
        return painted


def picture_engine(network: StoredNetwork, size: Size, choice: str = AUTO) -> Engine:
    """An engine for pictures of (height, width), whole or in tiles."""
    if size[0] * size[1] <= LARGEST_WHOLE:
        return build_engine(network, size, choice)
    return TiledEngine(network, size, choice)
