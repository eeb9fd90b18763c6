"""The registry: names, what is missing, and what the command makes of both."""

from dataclasses import replace

import pytest

from kunster.errors import UserError
from kunster.export.__main__ import main
from kunster.export.parity import ParityError
from kunster.export.targets import TARGETS, Job, chosen
from kunster.networks.model_file import load_model, save_model

from ..random_networks import describe, random_network


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "in" / "m.safetensors"
    save_model(random_network(describe()), describe(), path)
    return path


def test_without_names_what_a_training_run_makes():
    assert {"onnx", "coreml"} <= set(chosen())


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
    with pytest.raises(UserError, match=r"^onnx: .*pip install 'kunster\[android\]'$"):
        chosen(["onnx"])
    assert "onnx" not in chosen()


def test_where_the_native_engine_is_there_it_is_compared_as_well(model, tmp_path, photos):
    """Core ML's own predict needs macOS; what stands in for it here inverts the picture."""
    network, description = load_model(model)
    onnx = replace(TARGETS["onnx"], native=lambda path: lambda image: 255.0 - image)
    job = Job(network, description, photos)
    onnx.write(job, tmp_path / "m.onnx")
    with pytest.raises(ParityError, match=r"ONNX differs .*\(photo 0, native engine\)"):
        onnx.check(tmp_path / "m.onnx", job)
