"""Files of a network of several styles, which take a weight for each."""

import json

import numpy as np
import onnx
import pytest
import torch

from kunster.export.__main__ import main
from kunster.export.coreml import export_coreml
from kunster.export.mil_package import read_package
from kunster.export.mil_reference import evaluate
from kunster.export.onnx_file import export_onnx, load_onnx, open_onnx
from kunster.networks.model_file import load_model, save_model

from ..random_networks import describe, painted, random_network

THREE = describe(kind="multistyle", alpha=0.125, beta=0.25)
PICTURE = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
WEIGHTS = ([0, 2, 0], [1, 0, 3])  # not normalised


@pytest.fixture(scope="module")
def network():
    return random_network(THREE)


def expected(network, weights):
    return painted(network.mix(torch.tensor([weights]) / sum(weights)), PICTURE)


def test_onnx_takes_weights_of_any_sum(network, tmp_path):
    path = tmp_path / "m.onnx"
    export_onnx(network, THREE, path)
    for weights in WEIGHTS:
        found = open_onnx(path, weights).stylize(PICTURE)
        np.testing.assert_allclose(found, expected(network, weights), atol=0.03)
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    _, weights = model.graph.input
    sides = [dim.dim_value for dim in weights.type.tensor_type.shape.dim]
    assert (weights.name, sides) == ("style_weights", [1, 3])
    assert weights.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert metadata["styles"] == "scream,udnie,mine"
    again, description = load_onnx(path)
    assert description == THREE
    for name, tensor in network.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor)


def test_core_ml_takes_an_image_and_an_array(network, tmp_path):
    import coremltools
    from coremltools.proto.FeatureTypes_pb2 import ArrayFeatureType

    path = tmp_path / "m.mlpackage"
    export_coreml(network, THREE, path, "ranged")
    _, weights = coremltools.utils.load_spec(str(path)).description.input
    array = weights.type.multiArrayType
    assert (weights.name, list(array.shape)) == ("style_weights", [1, 3])
    assert array.dataType == ArrayFeatureType.FLOAT32
    package = read_package(path)
    for weights in WEIGHTS:
        error = np.abs(evaluate(package, PICTURE, weights=weights) - expected(network, weights))
        assert error.max() < 4
        assert error.mean() < 0.5


def test_litert_takes_bytes_and_weights(network, tmp_path):
    pytest.importorskip("ai_edge_litert", reason="needs the extra android")
    from kunster.export.litert import export_litert
    from kunster.export.litert_file import LitertFile, open_litert

    path = tmp_path / "m.tflite"
    export_litert(network, THREE, path, size=(64, 96))
    runner = LitertFile(path).interpreter.get_signature_runner()
    weights = runner.get_input_details()["style_weights"]
    assert (weights["shape"].tolist(), weights["dtype"]) == ([1, 3], np.float32)
    for weights in WEIGHTS:
        found = open_litert(path, weights).stylize(PICTURE)
        np.testing.assert_allclose(found, expected(network, weights), atol=2)


def test_executorch_takes_a_picture_and_weights(network, tmp_path):
    pytest.importorskip("executorch", reason="needs the extra executorch")
    from kunster.export.executorch_file import export_executorch, open_executorch

    path = tmp_path / "m.pte"
    export_executorch(network, THREE, path, (64, 96))
    for weights in WEIGHTS:
        opened = open_executorch(path, weights)
        assert opened.operations["XnnpackBackend"] >= 1
        np.testing.assert_allclose(opened.stylize(PICTURE), expected(network, weights), atol=1)


def test_a_style_alone_becomes_a_plain_file(network, tmp_path, capsys):
    base, out = tmp_path / "base.safetensors", tmp_path / "alone"
    save_model(network, THREE, base)
    assert main([str(base), "onnx", "--style", "udnie:1,mine:3", "--out", str(out)]) == 0
    plain, description = load_model(out / "model.safetensors")
    assert (description.kind, description.style) == ("dilated", "0.25 udnie + 0.75 mine")
    mixture = expected(network, [0, 1, 3])
    np.testing.assert_allclose(painted(plain, PICTURE), mixture, atol=0.01)
    np.testing.assert_allclose(open_onnx(out / "model.onnx").stylize(PICTURE), mixture, atol=0.03)
    assert len(onnx.load(out / "model.onnx").graph.input) == 1


def test_all_styles_in_a_file_are_checked_alone_and_mixed(network, tmp_path):
    base = tmp_path / "base.safetensors"
    save_model(network, THREE, base)
    assert main([str(base), "onnx"]) == 0
    entry = json.loads((tmp_path / "manifest.json").read_text())["files"]["model.onnx"]
    cases = {error["case"].split(", ")[1] for error in entry["errors"]}
    assert cases == {"first style", "last style", "mixture"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["coreml", "--style", "udnie"], "--out"),
        (["--style", "scram", "--out", "app"], "scram: not in this network; did you mean scream"),
    ],
)
def test_what_cannot_be_exported_is_refused_in_a_line(network, tmp_path, capsys, words, said):
    base = tmp_path / "base.safetensors"
    save_model(network, THREE, base)
    assert main([str(base), *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert [each.name for each in tmp_path.iterdir()] == ["base.safetensors"]
