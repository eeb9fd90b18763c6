"""The registry: names, what is missing, and what the command makes of both."""

from dataclasses import replace

import pytest

from kunster.errors import UserError
from kunster.export.__main__ import main
from kunster.export.targets import TARGETS, chosen
from kunster.networks.model_file import save_model

from ..random_networks import describe, random_network


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "in" / "m.safetensors"
    save_model(random_network(describe()), describe(), path)
    return path


def test_without_names_what_a_training_run_makes():
    assert {"onnx", "coreml"} <= set(chosen())
    assert all(TARGETS[name].installed for name in chosen())


def test_every_target_has_a_file_of_its_own():
    assert len({target.file for target in TARGETS.values()}) == len(TARGETS)


def test_a_name_given_twice_is_one_target():
    assert list(chosen(["onnx", "onnx"])) == ["onnx"]


def test_an_unknown_target_is_named_with_all_there_are(model, capsys):
    assert main([str(model), "onnx", "tensorrt"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("tensorrt: ")
    assert said.count("\n") == 1
    assert all(name in said for name in TARGETS)
    assert [path.name for path in model.parent.iterdir()] == ["m.safetensors"]


def test_a_target_whose_extra_is_not_installed_says_how_to(monkeypatch):
    absent = replace(TARGETS["onnx"], modules=("no_such_module_anywhere",), extra="android")
    monkeypatch.setitem(TARGETS, "onnx", absent)
    with pytest.raises(UserError, match=r'^onnx: .*pip install "kunster\[android\]"$'):
        chosen(["onnx"])
    assert "onnx" not in chosen()
