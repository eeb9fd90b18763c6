"""The browser's file computes what the network computes, in bytes."""

import gzip

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from kunster.page.web_model import packed, web_model

from ..random_networks import describe, painted, random_network


def stylized(model, picture, **others):
    """uint8 RGB (H, W, 3) to the same, rounded and clamped as a Uint8ClampedArray does."""
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    frame = picture.astype(np.float32).transpose(2, 0, 1)[None]
    planes = session.run(None, {"frame": frame, **others})[0][0]
    return planes.round().clip(0, 255).transpose(1, 2, 0)


def expected(network, picture):
    return painted(network, picture).round()


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 256, (100, 68, 3), dtype=np.uint8)


def test_bytes_in_bytes_out(network, description, picture):
    network.decoder[-1].weight.mul_(10)  # outputs on both sides of [0, 255]
    found, wanted = (
        stylized(web_model(network, description), picture),
        expected(network, picture),
    )
    assert (wanted == 0).any()
    assert (wanted == 255).any()
    assert np.abs(found - wanted).max() <= 2


def convolved_channels(model):
    """Inputs of every convolution but the first, which takes RGB."""
    weights = {each.name: list(each.dims) for each in model.graph.initializer}
    widened = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "Cast"}
    sides = {"Conv": 1, "ConvTranspose": 0}
    nodes = [node for node in model.graph.node if node.op_type in sides]
    names = [widened.get(node.input[1], node.input[1]) for node in nodes]
    inputs = [weights[name][sides[node.op_type]] for node, name in zip(nodes, names, strict=True)]
    assert inputs[0] == 3
    return inputs[1:]


@pytest.mark.parametrize(("kind", "norm"), [("dilated", "instance"), ("kunster", "frn")])
def test_narrow_networks_in_fours_compute_the_same(picture, kind, norm):
    description = describe(kind=kind, alpha=0.125, norm=norm)  # widths 4, 6, 8
    network = random_network(description)
    model = web_model(network, description)

    assert {channels % 4 for channels in convolved_channels(model)} == {0}
    assert np.abs(stylized(model, picture) - expected(network, picture)).max() <= 2


@pytest.mark.parametrize(
    ("kind", "alpha", "beta"), [("reconet", None, None), ("kunster", 0.125, 1.0)]
)
def test_nine_by_nine_ends_and_tanh(picture, kind, alpha, beta):
    layout = "table2" if kind == "kunster" else None
    description = describe(kind=kind, alpha=alpha, beta=beta, layout=layout)
    network = random_network(description)
    found = stylized(web_model(network, description), picture)
    assert np.abs(found - expected(network, picture)).max() <= 2


def test_several_styles_are_mixed_by_their_weights(picture):
    description = describe(kind="multistyle", alpha=0.125)
    network = random_network(description)
    model = web_model(network, description)
    for weights in ([0, 40, 0], [30, 10, 60]):
        shares = np.array([weights]) / sum(weights)
        wanted = expected(network.mix(torch.tensor(shares, dtype=torch.float32)), picture)
        found = stylized(model, picture, style_weights=np.array([weights], np.float32))
        assert np.abs(found - wanted).max() <= 2


def test_the_file_is_small_described_and_always_the_same(network, description):
    model = web_model(network, description)
    onnx.checker.check_model(model, full_check=True)
    content = packed(model)

    assert content == packed(web_model(network, description))
    assert len(content) < 4 * description.parameters
    metadata = {
        entry.key: entry.value
        for entry in onnx.load_from_string(gzip.decompress(content)).metadata_props
    }
    assert metadata == description.to_metadata()
