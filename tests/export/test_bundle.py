import hashlib
import json
import shutil
from dataclasses import replace
from functools import partial
from importlib.util import find_spec

import numpy as np
import pytest
import torch

from kunster.data.decode import decode_photo
from kunster.errors import UserError
from kunster.export.__main__ import main
from kunster.export.bundle import export_stage
from kunster.export.coreml import ImageToImage
from kunster.export.parity import (
    Allowed,
    Opened,
    ParityError,
    check,
    photo_cases,
    worst_cases,
)
from kunster.export.targets import TARGETS, Job
from kunster.networks.model_file import load_model, save_model

from ..random_networks import describe, painted, random_network

EXAMPLES = ["example_input.png", "example_output.png"]
EXPORTS = ["model.mlpackage", "model.onnx"] + (
    ["model.tflite"] if find_spec("ai_edge_litert") else []
)
FILES = sorted([*EXAMPLES, *EXPORTS, "manifest.json", "model.safetensors"])


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def stage(tmp_path_factory, photos):
    folder = tmp_path_factory.mktemp("perceptual")
    description = describe(beta=0.25)
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
    assert onnx["operations"]["Conv"] == 8
    sizes = {(e["height"], e["width"]) for e in manifest["files"]["model.mlpackage"]["errors"]}
    assert {(320, 480), (320, 240)} <= sizes
    assert load_model(folder / "model.safetensors")[1] == description
    assert network.training


def test_a_second_export_of_the_same_weights_writes_nothing(stage, photos):
    folder, manifest, network, description = stage
    times = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert export_stage(network, description, folder, photos) == manifest
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == times


def test_only_what_is_missing_is_made_again(stage, photos, tmp_path):
    folder, manifest, network, description = stage
    shutil.copytree(folder, tmp_path / "copy")
    (tmp_path / "copy" / "model.onnx").write_text("damaged")
    (tmp_path / "copy" / "example_output.png").unlink()
    package = tmp_path / "copy" / "model.mlpackage" / "Manifest.json"
    before = package.stat().st_mtime_ns, package.stat().st_ino
    again = export_stage(network, description, tmp_path / "copy", photos, targets=["onnx"])
    assert (package.stat().st_mtime_ns, package.stat().st_ino) == before
    assert again["files"]["model.onnx"] == manifest["files"]["model.onnx"]
    assert again["files"].keys() == manifest["files"].keys()
    assert names(tmp_path / "copy") == FILES


def test_a_changed_or_deleted_export_leaves_the_manifest_though_it_was_not_asked_for(
    stage, photos, tmp_path
):
    folder, _, network, description = stage
    shutil.copytree(folder, tmp_path / "copy")
    changed = tmp_path / "copy" / "model.onnx"
    for spoil in (lambda: changed.write_text("another"), changed.unlink):
        shutil.copy(folder / "manifest.json", tmp_path / "copy")
        spoil()
        again = export_stage(network, description, tmp_path / "copy", photos, targets=["coreml"])
        assert "model.onnx" not in again["files"]
        assert "model.mlpackage" in again["files"]
        assert json.loads((tmp_path / "copy" / "manifest.json").read_text()) == again


def test_files_of_other_weights_are_not_listed_and_the_command_says_so(stage, tmp_path, capsys):
    folder, _, _, description = stage
    shutil.copytree(folder, tmp_path / "copy")
    save_model(random_network(description, seed=1), description, tmp_path / "other.safetensors")
    command = [str(tmp_path / "other.safetensors"), "onnx", "--out", str(tmp_path / "copy")]
    assert main(command) == 2
    said = "example_input.png: is there already, and 4 more; --overwrite replaces them"
    assert said in capsys.readouterr().err
    assert main([*command, "--overwrite"]) == 0
    listed = json.loads((tmp_path / "copy" / "manifest.json").read_text())["files"]
    assert "model.mlpackage" not in listed
    assert "model.onnx" in listed
    said = capsys.readouterr().out
    assert (
        "model.mlpackage         belongs to another network or was changed: export coreml again"
        in said
    )


def test_the_example_shows_what_the_network_makes_of_its_input(stage):
    folder, _, network, _ = stage
    before, after = (decode_photo(folder / name, 320) for name in EXAMPLES)
    assert before.shape == after.shape == (320, 480, 3)
    assert np.abs(painted(network.eval(), before) - after).max() < 0.51  # rounded to whole values


def test_the_manifest_tells_how_large_activations_get(stage):
    _, manifest, _, _ = stage
    reached = manifest["files"]["model.mlpackage"]["largest_activations"]
    assert len(reached) > 30
    assert 0 < max(reached.values()) < 65504
    assert "largest_activations" not in manifest["files"]["model.onnx"]  # single precision


def test_activations_near_the_end_of_half_precision_are_refused(stage, photos):
    network = stage[2].eval()

    exact = partial(painted, network)
    cases = list(photo_cases(photos, [(64, 64)]))
    check(Opened(exact, {}, ranges={"conv_3": 16000.0}), network, cases, Allowed(1, 1))
    for largest in (17000.0, float("inf"), float("nan")):
        with pytest.raises(ParityError, match="after conv_3"):
            check(Opened(exact, {}, ranges={"conv_3": largest}), network, cases, Allowed(1, 1))


def sabotage(path, network, layer):
    """Swaps the sign of one kernel in the blob, and of nothing else."""
    blob = path / "Data/com.apple.CoreML/weights/weight.bin"
    content = bytearray(blob.read_bytes())
    kernel = ImageToImage(network).network.get_submodule(layer).weight.half().numpy()
    start = content.find(kernel.tobytes())
    assert start > 0
    content[start : start + kernel.nbytes] = (-kernel).tobytes()
    blob.write_bytes(content)


def write_sabotaged(folder, layer):
    def write(job, path):
        shutil.copytree(folder / "model.mlpackage", path)
        sabotage(path, job.network, layer)

    return replace(TARGETS["coreml"], write=write)


@pytest.mark.parametrize("layer", ["encoder.0.0", "encoder.3.body.3", "decoder.2"])
def test_a_wrong_package_is_caught_and_leaves_the_old_files(
    stage, photos, tmp_path, monkeypatch, layer
):
    folder, _, network, description = stage
    monkeypatch.setitem(TARGETS, "coreml", write_sabotaged(folder, layer))
    (tmp_path / "model.onnx").write_text("an older one")
    with pytest.raises(ParityError, match=r"Core ML .* at 480x320"):
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
    out = tmp_path / "copy"
    shutil.copytree(folder, out)
    for name in (*EXAMPLES, "model.onnx"):
        (out / name).unlink()
    assert main([str(folder / "model.safetensors"), "--out", str(out)]) == 0
    assert names(out) == FILES
    table = capsys.readouterr().out
    assert all(name in table for name in manifest["files"])
