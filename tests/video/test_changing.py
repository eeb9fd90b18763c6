"""A style that changes from frame to frame is, at each, the mixture of that part of the way."""

import numpy as np
import pytest

from kunster.networks.mixing import changing
from kunster.networks.stored import StoredNetwork
from kunster.video.changing import STEPS, ChangingEngine
from kunster.video.choose_engine import build_engine

from ..random_networks import describe, random_network

SIZE = (64, 68)
THREE = describe(kind="multistyle", alpha=0.125, beta=0.25)


def build(network: StoredNetwork):
    return build_engine(network, SIZE, "onnxruntime")


@pytest.fixture
def change():
    network = StoredNetwork.of(random_network(THREE))
    return changing(network, THREE, {"scream": 1}, {"udnie": 3, "mine": 1})


def test_frames_go_from_one_style_to_the_other(change):
    """As many as there are steps: each frame is one, the first and the last the ends."""
    frame = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8)
    engine = ChangingEngine(change, STEPS + 1, build)
    assert change.name == "scream to 0.75 udnie + 0.25 mine"
    for number in (0, 8, STEPS):
        part = number / STEPS
        norms = [(1 - part) * a + part * b for a, b in zip((1, 0, 0), (0, 0.75, 0.25), strict=True)]
        name = "encoder.0.1.weight"
        expected = np.float32(norms) @ change.network.arrays[name]
        np.testing.assert_allclose(change.at(part).arrays[name], expected, rtol=1e-6)
        shown = engine.at(number)(frame)
        assert (shown == build(change.at(part))(frame)).all()
    assert (engine.at(STEPS + 50)(frame) == shown).all()  # more frames than were announced
    assert not (engine.at(0)(frame) == shown).all()


@pytest.mark.parametrize(("frames", "compiled"), [(1, 1), (2, 2), (5, 5), (1000, STEPS + 1)])
def test_no_more_networks_are_compiled_than_differ(change, frames, compiled):
    parts = []

    def counting(network):
        parts.append(network)
        return fast

    fast = build(change.at(0))
    engine = ChangingEngine(change, frames, counting)
    for number in range(frames):
        assert engine.at(number) is fast
    assert len(parts) == compiled
