"""Files that `kunster evaluate` opens as networks, and files that it refuses."""

import pytest
import torch

from kunster.errors import UserError
from kunster.evaluate.__main__ import main
from kunster.export.onnx_file import export_onnx
from kunster.measures.models import open_model
from kunster.networks.model_file import save_model
from kunster.networks.stylizer import stylize

from ..random_networks import describe, random_network


@pytest.mark.parametrize("suffix", [".safetensors", ".onnx"])
def test_a_model_file_is_the_network_it_was_made_from_at_any_size(tmp_path, suffix):
    path, description = tmp_path / f"model{suffix}", describe(alpha=0.125)
    network = random_network(description)
    write = save_model if suffix == ".safetensors" else export_onnx
    write(network, description, path)
    frames = torch.rand(2, 3, 66, 85)
    with torch.no_grad():
        expected = stylize(network, frames)
        outputs = open_model(path).network(frames)
    assert 0 <= outputs.min() < outputs.max() <= 1
    torch.testing.assert_close(outputs, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("suffix", [".safetensors", ".onnx"])
def test_a_model_of_several_styles_is_none_to_judge(tmp_path, suffix):
    path, description = tmp_path / f"model{suffix}", describe(kind="multistyle", alpha=0.125)
    write = save_model if suffix == ".safetensors" else export_onnx
    write(random_network(description), description, path)
    with pytest.raises(UserError, match="which of scream, udnie, mine"):
        open_model(path)


def someone_elses_onnx(path):
    import onnx
    from onnx import TensorProto, helper

    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy"]
    node = helper.make_node("Relu", ["x"], ["y"])
    graph = helper.make_graph([node], "other", values[:1], values[1:])
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)


@pytest.mark.parametrize("case", ["foreign.onnx", "text.onnx", "text.ckpt", "text.txt", "folder"])
def test_what_is_not_a_model_of_kunster_is_refused_by_name(tmp_path, case, capsys):
    path = tmp_path / case
    if case == "folder":
        path.mkdir()
    elif case == "foreign.onnx":
        someone_elses_onnx(path)
    else:
        path.write_text("not a model")
    assert main([str(path)]) == 2
    captured = capsys.readouterr()
    assert str(path) in captured.err
    assert captured.err.count("\n") == 1
