import numpy as np
import pytest

from kunster.assets.paintings import KNOWN
from kunster.networks.stored import StoredNetwork
from kunster.video.choose_engine import build_engine
from kunster.video.live_styles import LiveEngine, LiveStyles, styles_around
from kunster.video.models import open_chosen

from ..random_networks import describe, painted, random_network

SIZE = (64, 68)


@pytest.fixture
def network():
    return random_network(describe(alpha=0.125))


def build(network):
    return build_engine(network, SIZE, "onnxruntime")


def test_places_go_round(network):
    styles = LiveStyles(StoredNetwork.of(network), ["mine", "scream:14", "udnie:14"])
    found = []
    for styles.place in (0, 1, 2, 3, -1):
        found.append(styles.name)
    assert found == ["mine", "scream:14", "udnie:14", "mine", "udnie:14"]


@pytest.mark.parametrize(
    ("model", "style", "around"),
    [
        ("base", "hara", None),
        ("base:14", "scream:0.7,udnie:0.3", None),
        ("senecio", None, None),
        ("udnie:8", None, ["udnie:8", "composition_vii:8:temporal"]),
    ],
)
def test_styles_of_the_network_of_many_go_round_in_it(network, model, style, around):
    first = StoredNetwork.of(network)
    styles = styles_around(first, model, style)
    assert styles.network(0) is first
    found = []
    for styles.place in range(len(KNOWN)):
        found.append(styles.name)
    if around:
        assert set(around) <= set(found)
        return
    assert found[0] == (style or model)
    wanted = list(KNOWN)
    if found[0] in wanted:
        place = wanted.index(found[0])
        wanted = wanted[place:] + wanted[:place]
    else:
        wanted = [found[0], *wanted][: len(KNOWN)]
    assert found == wanted
    of_many, _ = open_chosen(model if style else "base", found[1])
    assert all(
        (styles.network(1).arrays[name] == of_many.arrays[name]).all() for name in of_many.arrays
    )


def test_frames_are_painted_in_the_style_that_is_chosen_and_each_is_compiled_once(network):
    frame = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8)
    built = []
    styles = LiveStyles(StoredNetwork.of(network), ["mine", "scream:14"])
    engine = LiveEngine(styles, lambda chosen: built.append(chosen) or build(chosen))
    mine = engine.at(0)(frame)
    assert np.abs(mine.astype(int) - painted(network, frame)).mean() < 1
    styles.place = -1
    scream = engine.at(1)(frame)
    assert (scream == build(styles.network(1))(frame)).all()
    assert np.abs(mine.astype(int) - scream).mean() > 3
    styles.place = 2
    assert (engine.at(2)(frame) == mine).all()
    assert len(built) == 2
