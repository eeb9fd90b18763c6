import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from kunster.errors import UserError
from kunster.export.onnx_file import export_onnx, load_onnx

from ..random_networks import describe, random_network


def stylized(path, frames):
    return torch.from_numpy(
        onnxruntime.InferenceSession(path).run(None, {"image": frames.numpy()})[0]
    )


@pytest.mark.parametrize("size", [(64, 64), (132, 100), (68, 196)])
def test_computes_what_the_network_computes_clamped(network, description, tmp_path, size):
    network.decoder[-1].weight.mul_(10)  # outputs on both sides of [0, 1]
    export_onnx(network, description, tmp_path / "m.onnx")
    frames = torch.rand(1, 3, *size)
    expected = network(frames)
    assert expected.min() < 0
    assert expected.max() > 1
    torch.testing.assert_close(
        stylized(tmp_path / "m.onnx", frames), expected.clamp(0, 1), rtol=0, atol=1e-4
    )


def test_the_file_keeps_the_contract(network, description, tmp_path, capfd, recwarn):
    export_onnx(network, description, tmp_path / "m.onnx")
    model = onnx.load(tmp_path / "m.onnx")
    onnx.checker.check_model(model, full_check=True)
    for value, name in ((model.graph.input[0], "image"), (model.graph.output[0], "stylized")):
        tensor = value.type.tensor_type
        sides = [dim.dim_param or dim.dim_value for dim in tensor.shape.dim]
        assert (value.name, sides) == (name, [1, 3, "height", "width"])
        assert tensor.elem_type == onnx.TensorProto.FLOAT
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert metadata == description.to_metadata()
    assert "".join(capfd.readouterr()) == ""
    assert not recwarn


def test_a_large_flat_picture_does_not_blow_up(tmp_path):
    """Instance norm divides rounding errors by their own size; double precision tells the truth."""
    description = describe()
    network = random_network(description)
    export_onnx(network, description, tmp_path / "m.onnx")
    frames = torch.ones(1, 3, 320, 480)
    truth = network.double()(frames.double()).clamp(0, 1).float()
    torch.testing.assert_close(stylized(tmp_path / "m.onnx", frames), truth, rtol=0, atol=1e-4)


def test_the_network_comes_back_with_its_description(network, description, tmp_path):
    export_onnx(network, description, tmp_path / "m.onnx")
    found, found_description = load_onnx(tmp_path / "m.onnx")
    assert found_description == description
    expected = network.state_dict()
    assert list(found.state_dict()) == list(expected)
    for name, tensor in found.state_dict().items():
        assert torch.equal(tensor, expected[name])


@pytest.mark.parametrize("kind", ["missing", "text", "of others", "without a weight", "reshaped"])
def test_what_is_no_file_of_ours_is_refused_in_one_line(network, description, tmp_path, kind):
    path = tmp_path / "m.onnx"
    if kind == "text":
        path.write_text("no model")
    elif kind != "missing":
        export_onnx(network, description, path)
        model = onnx.load(path)
        constants = {constant.name: constant for constant in model.graph.initializer}
        if kind == "of others":
            del model.metadata_props[:]
        elif kind == "without a weight":
            constants["encoder.0.0.weight"].name = "other"
        else:
            constants["decoder.2.weight"].CopyFrom(
                onnx.numpy_helper.from_array(np.zeros((3, 8, 5, 5), np.float32), "decoder.2.weight")
            )
        onnx.save(model, path)
    complaint = {
        "missing": "no such file",
        "text": "not an ONNX file",
        "of others": "not a file of kunster",
        "without a weight": "encoder.0.0.weight is missing",
        "reshaped": r"decoder.2.weight has shape \(3, 8, 5, 5\)",
    }
    with pytest.raises(UserError, match=complaint[kind]) as raised:
        load_onnx(path)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("alpha", "beta"), [(1, 0.5), (0.5, 0.75), (0.125, 1)])
def test_networks_of_table_2(tmp_path, alpha, beta):
    description = describe(alpha=alpha, beta=beta)
    network = random_network(description)
    export_onnx(network, description, tmp_path / "m.onnx")
    frames = torch.rand(1, 3, 64, 96)
    expected = network(frames).clamp(0, 1)
    torch.testing.assert_close(stylized(tmp_path / "m.onnx", frames), expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("kind", ["reconet", "johnson"])
def test_the_baselines(tmp_path, kind):
    description = describe(kind=kind, alpha=None, beta=None, layout=None)
    network = random_network(description)
    export_onnx(network, description, tmp_path / "m.onnx")
    frames = torch.rand(1, 3, 64, 64)
    expected = network(frames).clamp(0, 1)
    torch.testing.assert_close(stylized(tmp_path / "m.onnx", frames), expected, rtol=0, atol=1e-4)
