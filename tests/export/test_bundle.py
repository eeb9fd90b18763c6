import hashlib
import json
import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from kunster.errors import UserError
from kunster.export.__main__ import main
from kunster.export.bundle import export_stage
from kunster.export.coreml import export_coreml
from kunster.export.parity import ParityError, check, worst_cases
from kunster.export.targets import TARGETS, Job
from kunster.networks.model_file import load_model, save_model

from ..random_networks import describe, random_network

EXAMPLES = ["example_input.png", "example_output.png"]
FILES = [*EXAMPLES, "manifest.json", "model.mlpackage", "model.onnx", "model.safetensors"]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def stage(tmp_path_factory, photos):
    folder = tmp_path_factory.mktemp("perceptual")
    description = describe()
    network = random_network(description).train()
    return folder, export_stage(network, description, folder, photos), network, description


def test_all_files_checked_and_listed(stage):
    folder, manifest, network, description = stage
    assert names(folder) == FILES
    assert json.loads((folder / "manifest.json").read_text()) == manifest
    onnx = manifest["files"]["model.onnx"]
    content = (folder / "model.onnx").read_bytes()
    assert onnx["bytes"] == len(content)
    assert onnx["sha256"] == hashlib.sha256(content).hexdigest()
    assert onnx["operations"]["Conv"] == 10
    sizes = {(e["height"], e["width"]) for e in manifest["files"]["model.mlpackage"]["errors"]}
    assert {(320, 480), (480, 320)} <= sizes
    assert load_model(folder / "model.safetensors")[1] == description
    assert network.training


def test_a_second_export_of_the_same_weights_writes_nothing(stage, photos):
    folder, manifest, network, description = stage
    times = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert export_stage(network, description, folder, photos) == manifest
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == times


def sabotage(path, weight):
    """Swaps the sign of one kernel in the blob, and of nothing else."""
    blob = path / "Data/com.apple.CoreML/weights/weight.bin"
    content = bytearray(blob.read_bytes())
    kernel = weight.half().numpy()
    start = content.find(kernel.tobytes())
    assert start > 0
    content[start : start + kernel.nbytes] = (-kernel).tobytes()
    blob.write_bytes(content)


def write_sabotaged(layer):
    def write(job, path):
        export_coreml(job.network, job.description, path)
        sabotage(path, job.network.get_submodule(layer).weight)

    return replace(TARGETS["coreml"], write=write)


@pytest.mark.parametrize("layer", ["encoder.0.0", "encoder.4.body.3", "decoder.2"])
def test_the_layer_that_differs_is_named(stage, photos, tmp_path, monkeypatch, layer):
    monkeypatch.setitem(TARGETS, "coreml", write_sabotaged(layer))
    says = rf"Core ML .* at 480x320 .* first layer to differ is {layer} "
    with pytest.raises(ParityError, match=says):
        export_stage(stage[2], stage[3], tmp_path, photos, targets=["coreml"])


def test_a_wrong_package_is_caught_and_leaves_the_old_files(stage, photos, tmp_path, monkeypatch):
    monkeypatch.setitem(TARGETS, "coreml", write_sabotaged("decoder.2"))
    _, _, network, description = stage
    with pytest.raises(ParityError, match=r"Core ML .* at 480x320"):
        export_stage(network, description, tmp_path, photos)
    assert names(tmp_path) == []
    (tmp_path / "model.onnx").write_text("an older one")
    with pytest.raises(ParityError):
        export_stage(network, description, tmp_path, photos)
    assert names(tmp_path) == ["model.onnx"]
    assert (tmp_path / "model.onnx").read_text() == "an older one"


@pytest.mark.parametrize(("target", "title"), [("onnx", "ONNX"), ("coreml", "Core ML")])
def test_a_file_of_other_weights_is_caught(stage, photos, target, title):
    folder, _, _, description = stage
    other = Job(random_network(description, seed=1), description, photos)
    with pytest.raises(ParityError, match=rf"{title} differs from the network at 480x320"):
        TARGETS[target].check(folder / TARGETS[target].file, other)


def test_a_network_with_nan_is_not_exported(photos, tmp_path):
    network = random_network(describe())
    network.decoder[-1].bias.fill_(torch.nan)
    with pytest.raises(UserError, match=r"tensor decoder\.2\.bias holds values"):
        export_stage(network, describe(), tmp_path, photos)
    assert names(tmp_path) == []


@pytest.mark.parametrize("target", ["onnx", "coreml"])
def test_holds_on_pictures_no_camera_takes(stage, target):
    folder, _, network, _ = stage
    cases = worst_cases([(240, 320)])
    opened = TARGETS[target].open(folder / TARGETS[target].file)
    found = check(opened, network.eval(), cases, TARGETS[target].allowed)
    assert {"black", "white", "noise"} <= {difference.case for difference in found}


def test_a_folder_that_cannot_be_written(stage, photos, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written"):
        export_stage(stage[2], stage[3], tmp_path / "file", photos)


def test_the_command_writes_and_prints_a_table(stage, tmp_path, capsys):
    folder, manifest, _, _ = stage
    assert main([str(folder / "model.safetensors"), "--out", str(tmp_path)]) == 0
    assert names(tmp_path) == FILES
    table = capsys.readouterr().out
    assert all(name in table for name in manifest["files"])


def test_the_command_ends_with_2_and_one_line_for_a_damaged_file(tmp_path):
    description = describe()
    save_model(random_network(description), description, tmp_path / "m.safetensors")
    (tmp_path / "m.safetensors").write_bytes((tmp_path / "m.safetensors").read_bytes()[:-1])
    command = [sys.executable, "-m", "kunster.export", str(tmp_path / "m.safetensors")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "m.safetensors: damaged" in ended.stderr
