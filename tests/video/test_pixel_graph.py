"""The graph that engines compile, in onnxruntime's float32, against the network in torch."""

import numpy as np
import onnxruntime
import pytest

from kunster.export.onnx_writer import GraphWriter, make_model
from kunster.networks.stored import StoredNetwork
from kunster.video.pixel_graph import can_be_packed, write_pixels

from ..random_networks import describe, painted, random_network

OF_NO_SIZE = {"alpha": None, "beta": None, "layout": None}


def drawn(network, picture, packed):
    """A picture uint8 RGB (H, W, 3) through the graph: whole numbers in [0, 255]."""
    graph = GraphWriter()
    pixels = write_pixels(graph, StoredNetwork.of(network), "frame", packed)
    graph.add("Identity", pixels, output="stylized")
    model = make_model(graph, ("frame", "stylized"), (1, 3, "height", "width"))
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    frame = picture.transpose(2, 0, 1)[None].astype(np.float32)
    return session.run(None, {"frame": frame})[0][0].transpose(1, 2, 0)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "kind", [{"norm": "instance"}, {"norm": "frn"}, {"kind": "dilated", "alpha": 0.125}]
)
def test_it_computes_the_network(kind, packed):
    network = random_network(describe(**kind))
    network.decoder[-1].weight.mul_(10)  # outputs on both sides of [0, 1]
    picture = np.random.default_rng(1).integers(0, 256, (68, 100, 3), np.uint8)
    found, expected = drawn(network, picture, packed), painted(network, picture).round()
    assert {0, 255} < set(np.unique(expected))
    assert np.abs(found - expected).max() <= 1  # rounding may fall either way
    assert (found != expected).mean() < 1e-3


@pytest.mark.parametrize("kind", [{"kind": "reconet", **OF_NO_SIZE}, {"beta": 1.0}])
def test_nine_by_nine_ends_and_tanh(kind):
    network = random_network(describe(**kind))
    assert not can_be_packed(StoredNetwork.of(network))
    picture = np.random.default_rng(1).integers(0, 256, (64, 72, 3), np.uint8)
    found, expected = drawn(network, picture, packed=False), painted(network, picture).round()
    assert np.abs(found - expected).max() <= 1
    assert (found != expected).mean() < 1e-3
