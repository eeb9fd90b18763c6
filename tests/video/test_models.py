import pytest
import torch
from safetensors.torch import save_file

from kunster.assets import trained
from kunster.errors import UserError
from kunster.export.onnx_file import export_onnx
from kunster.networks.model_file import save_model
from kunster.video.models import open_stylizer

from ..random_networks import describe, random_network


def saved(path, **changes):
    path.parent.mkdir(parents=True, exist_ok=True)
    description = describe(**changes)
    network = random_network(description)
    write = export_onnx if path.suffix == ".onnx" else save_model
    write(network, description, path)
    return network


@pytest.mark.parametrize("name", ["a.safetensors", "a.onnx"])
def test_a_file_is_the_network_in_it(tmp_path, name):
    network = saved(tmp_path / name, style="udnie")
    found, description = open_stylizer(str(tmp_path / name))
    assert description.style == "udnie"
    frames = torch.rand(1, 3, 64, 64)
    torch.testing.assert_close(found(frames), network(frames))


def test_a_checkpoint_too(tmp_path):
    description = describe()
    network = random_network(description)
    state = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    content = {"state_dict": state, "description": description.to_metadata()}
    torch.save(content, tmp_path / "last.ckpt")
    found, _ = open_stylizer(str(tmp_path / "last.ckpt"))
    frames = torch.rand(1, 3, 64, 64)
    torch.testing.assert_close(found(frames), network(frames))


def test_of_a_run_folder_the_last_stage_counts(tmp_path):
    saved(tmp_path / "run" / "perceptual" / "model.safetensors")
    assert open_stylizer(str(tmp_path / "run"))[1].stage == "perceptual"
    saved(tmp_path / "run" / "temporal" / "model.safetensors", stage="temporal")
    assert open_stylizer(str(tmp_path / "run"))[1].stage == "temporal"


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(trained, "FOLDER", tmp_path / "trained")
    for alpha, number in ((0.25, 14), (0.5, 13)):
        for stage in ("perceptual", "temporal"):
            file = tmp_path / "trained" / "candy" / f"{number}-{stage}.safetensors"
            saved(file, style="candy", alpha=alpha, stage=stage)


@pytest.mark.parametrize(
    ("name", "alpha", "stage"),
    [
        ("candy", 0.25, "temporal"),
        ("candy:13", 0.5, "temporal"),
        ("candy:13:perceptual", 0.5, "perceptual"),
    ],
)
def test_a_style_that_ships_goes_by_its_name(shipped, name, alpha, stage):
    _, description = open_stylizer(name)
    assert (description.style, description.alpha, description.stage) == ("candy", alpha, stage)


@pytest.mark.parametrize(
    "name", ["sugar", "candy:1", "candy:14:best", "candy:", "candy:14:temporal:x", "../candy"]
)
def test_what_does_not_ship_is_answered_with_what_does(shipped, name):
    with pytest.raises(UserError, match=r"styles that ship: candy \(ids 13, 14\); files are"):
        open_stylizer(name)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("none", "no such file, run folder or style"),
        ("empty", "not a run folder"),
        ("text.onnx", "not an ONNX file"),
        (
            "text.mp4",
            "models come as .safetensors, .ckpt, .pth, .pt, .model, .bin, .tar, .onnx or run",
        ),
        ("other.pth", "weights of other tools begin a training: kunster run start=FILE"),
        ("other.ckpt", "weights of other tools begin a training: kunster run start=FILE"),
        ("other.safetensors", "weights of other tools begin a training: kunster run start=FILE"),
    ],
)
def test_what_is_no_model_of_ours_is_refused_in_one_line(tmp_path, monkeypatch, name, complaint):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    for file in ("text.onnx", "text.mp4"):
        (tmp_path / file).write_text("no model")
    weights = {"conv.weight": torch.zeros(8, 3, 9, 9)}
    for file in ("other.pth", "other.ckpt"):
        torch.save(weights, tmp_path / file)
    save_file(weights, tmp_path / "other.safetensors")
    with pytest.raises(UserError, match=complaint) as raised:
        open_stylizer(name)
    assert "\n" not in str(raised.value)
