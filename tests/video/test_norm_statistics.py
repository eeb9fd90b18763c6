import numpy as np
import pytest
import torch

from kunster.networks.stored import StoredNetwork
from kunster.video import norm_statistics
from kunster.video.norm_statistics import spread, statistics, weights

from ..networks.test_fixed_norms import measured
from ..random_networks import describe, random_network


def cells(values, side=64):
    """A picture whose cells each have a grey of their own, and the same noise."""
    noise = np.random.default_rng(0).integers(-20, 21, (side, side, 3))
    picture = np.kron(np.array(values), np.ones((side, side)))[..., None]
    return (picture + np.tile(noise, (*np.shape(values), 1))).astype(np.uint8)


@pytest.mark.parametrize(
    ("norm", "engine"),
    [("instance", "openvino"), ("instance", "onnxruntime"), ("frn", "openvino")],
)
@pytest.mark.parametrize("values", [[[90]], [[30, 90, 220], [60, 200, 120]]])
def test_a_sample_that_is_the_picture_gives_the_means_over_its_pieces(
    monkeypatch, norm, engine, values
):
    monkeypatch.setattr(norm_statistics, "PIECE", 64)
    network = random_network(describe(alpha=0.125, norm=norm))
    picture = cells(values)
    pieces = spread(picture)
    assert pieces.shape == (np.size(values), 64, 64, 3)
    found = statistics(StoredNetwork.of(network), picture, engine)
    expected = measured(network, torch.from_numpy(pieces).permute(0, 3, 1, 2) / 255)
    # torch normalizes each piece by itself: of several, all is the same up to the first norm
    for name in network.shape.norms if len(pieces) == 1 else network.shape.norms[:1]:
        mean, variance = expected[name]
        error = np.abs(found[name].mean - mean) / np.sqrt(variance)
        assert error.max() < 0.05  # bfloat16 has 8 significant bits
        assert np.abs(found[name].variance / variance - 1).max() < 0.05


def test_pieces_that_are_too_many_count_less():
    dark, bright = cells([[40]]), cells([[200]])
    picture = cells([[40, 200], [40, 200]])
    found = weights(np.stack([dark, dark, dark, bright]), picture)
    np.testing.assert_allclose(found, [2 / 3, 2 / 3, 2 / 3, 2], atol=0.01)


def test_the_sample_is_bounded_and_a_flat_picture_is_no_trouble(monkeypatch):
    picture = np.full((1024, 1536, 3), 255, np.uint8)
    assert len(spread(picture)) == 24
    monkeypatch.setattr(norm_statistics, "MOST", 12 * 256**2)
    assert len(spread(picture)) == 12
    np.testing.assert_array_equal(weights(spread(picture), picture), np.ones(12))
