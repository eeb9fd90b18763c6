import sys

import cv2
import pytest

from kunster.networks.fixed_norms import with_fixed_norms
from kunster.networks.stored import StoredNetwork
from kunster.video import norm_statistics, tiled_engine
from kunster.video.choose_engine import build_engine
from kunster.video.models import open_network
from kunster.video.tiled_engine import TiledEngine, picture_engine

from ..random_networks import describe, random_network


@pytest.mark.parametrize("kind", [{"norm": "instance"}, {"norm": "frn"}, {"kind": "dilated"}])
def test_tiles_are_the_whole_picture_where_the_statistics_are_the_same(photos, monkeypatch, kind):
    monkeypatch.setattr(tiled_engine, "LARGEST_TILE", 1)  # as small as the network allows
    monkeypatch.setattr(norm_statistics, "PIECE", 64)
    monkeypatch.setitem(sys.modules, "openvino", None)  # not installed
    network = StoredNetwork.of(random_network(describe(alpha=0.125, beta=0.25, **kind)))
    frame = cv2.resize(photos[0], (322, 239))  # no multiples of 4
    tiled = TiledEngine(network, frame.shape[:2], "onnxruntime")
    assert tiled.tiles.rows * tiled.tiles.columns >= 4
    found = norm_statistics.statistics(network, cv2.copyMakeBorder(frame, 0, 1, 0, 2, 4))
    whole = build_engine(with_fixed_norms(network, found), frame.shape[:2], "onnxruntime")(frame)
    painted = tiled(frame)
    difference = cv2.absdiff(painted, whole)
    assert difference.max() <= 1  # rounding may fall either way
    assert (difference != 0).mean() < 1e-3
    assert whole.std() > 5


def test_a_photo_in_tiles_is_near_to_the_photo_painted_whole(photos, monkeypatch):
    """Mean difference in steps of 1/255; bfloat16 alone is 0.4."""
    monkeypatch.setattr(tiled_engine, "LARGEST_TILE", 500_000)
    monkeypatch.setattr(norm_statistics, "LEAST", 500_000)
    network, _ = open_network("scream:14")
    frame = cv2.resize(photos[1], (1280, 960), interpolation=cv2.INTER_LANCZOS4)
    tiled = TiledEngine(network, (960, 1280))
    assert tiled.tiles.rows * tiled.tiles.columns > 1
    whole = build_engine(network, (960, 1280))(frame)
    assert cv2.absdiff(tiled(frame), whole).mean() < 3


def test_pictures_up_to_8_megapixels_are_painted_whole(monkeypatch):
    monkeypatch.setattr(tiled_engine, "LARGEST_WHOLE", 200 * 200)
    network = StoredNetwork.of(random_network(describe(alpha=0.125)))
    assert "tiles" not in picture_engine(network, (200, 200)).name
    assert "tiles of " in picture_engine(network, (200, 204)).name
