import numpy as np
import pytest

from kunster.video.tiles import Tiles

MOST = 4_000_000


@pytest.mark.parametrize(
    ("picture", "reach"),
    [((6000, 8000), 71), ((3000, 12000), 147), ((64, 130_000), 71), ((2832, 2828), 27)],
)
def test_tiles_fill_the_picture_and_see_as_far_as_they_need(picture, reach):
    tiles = Tiles.of(picture, reach, MOST)
    assert tiles.size[0] * tiles.size[1] <= MOST
    assert all(side % 4 == 0 for side in tiles.size)
    kept = np.zeros(picture, np.uint8)
    for spans in tiles:
        for span, side, whole in zip(spans, tiles.size, picture, strict=True):
            assert span.start % 4 == 0  # the network's own grid
            assert span.stop - span.start == side
            assert span.start == 0 or span.kept_from - span.start >= reach
            assert span.stop == whole or span.stop - span.kept_to >= reach
            assert 0 <= span.start < span.stop <= whole
        kept[spans[0].kept, spans[1].kept] += 1
    assert (kept == 1).all()


def test_48_megapixels_cost_a_quarter_more_at_most():
    tiles = Tiles.of((6000, 8000), 71, MOST)
    assert 1 < tiles.pixels / 48e6 < 1.25
    assert str(tiles) == f"{tiles.rows * tiles.columns} tiles of {tiles.size[1]}x{tiles.size[0]}"


def test_a_tile_is_larger_where_the_margins_would_fill_it():
    tiles = Tiles.of((8000, 8000), 600, 1_000_000)
    assert 1_000_000 < tiles.size[0] * tiles.size[1] <= (4 * 600) ** 2
