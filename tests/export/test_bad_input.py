"""What the command says of a model that it cannot use: one line, code 2, and nothing is written.

Which files are refused, and why, is tested in tests/networks.
"""

import os

import pytest
import torch
from safetensors.torch import save_file

from kunster.export.__main__ import main

from ..random_networks import describe, random_network


class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.fixture(scope="module")
def tensors():
    return random_network(describe()).state_dict()


@pytest.fixture
def refused(tmp_path, capsys):
    """Exports a model that is no good, and returns the line that says why."""

    def export(model, *options):
        out = tmp_path / "out"
        assert main([str(model), "onnx", "--out", str(out), *options]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1
        assert not out.exists()
        return said.err

    return export


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"alpha": "0.5"}, r"tensor encoder.0.0.weight has shape (8, 3, 3, 3) instead of (16, 3"),
        ({"beta": "0.75"}, "tensor encoder.5.body.0.weight is missing"),
        ({"beta": "0.25"}, "tensor encoder.4.body.0.bias has no place"),
        ({"norm": "frn"}, "encoder.0."),
    ],
)
def test_another_architecture(tensors, tmp_path, refused, changed, says):
    path = tmp_path / "m.safetensors"
    save_file(tensors, path, describe().to_metadata() | changed)
    line = refused(path)
    assert line.startswith(f"{path}: ")
    assert says in line


def test_a_version_that_is_named_when_its_tensors_do_not_fit(tensors, tmp_path, refused):
    path = tmp_path / "m.safetensors"
    metadata = describe().to_metadata() | {"version": "9.9"}
    save_file(tensors | {"attention.weight": torch.zeros(2)}, path, metadata)
    line = refused(path)
    assert "tensor attention.weight has no place" in line
    assert "written by version 9.9" in line


def test_a_pickle_that_executes_something_is_refused_unexecuted(tensors, tmp_path, refused):
    path, trace = tmp_path / "last.ckpt", tmp_path / "executed"
    state = {f"network.{name}": tensor for name, tensor in tensors.items()}
    described = describe().to_metadata()
    torch.save({"state_dict": state, "description": described, "callbacks": Bomb(trace)}, path)
    assert "nothing in it was executed" in refused(path)
    assert not trace.exists()
    torch.load(path, weights_only=False)  # it does go off where it is let
    assert trace.exists()


@pytest.mark.parametrize("name", ["model.pth", "missing.ckpt", "missing"])
def test_what_is_no_model_at_all(tmp_path, refused, name):
    if name == "model.pth":
        (tmp_path / name).touch()
    assert name in refused(tmp_path / name)


def test_a_folder_that_cannot_be_written(tensors, tmp_path, capsys):
    path = tmp_path / "m.safetensors"
    save_file(tensors, path, describe().to_metadata())
    (tmp_path / "taken").touch()
    assert main([str(path), "onnx", "--out", str(tmp_path / "taken" / "out")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "cannot be written" in said


def test_photos_that_are_not_there(tensors, tmp_path, refused):
    path = tmp_path / "m.safetensors"
    save_file(tensors, path, describe().to_metadata())
    none = tmp_path / "none"
    assert f"{none}: no such folder of photos" in refused(path, "--photos", str(none))
