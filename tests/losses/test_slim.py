"""The file of the small perceptual network, and how well the shipped one stands in for VGG-19."""

import pytest
import torch
from safetensors.torch import save_file

from kunster.data.decode import decode_photo
from kunster.errors import UserError
from kunster.losses.distillation import Student, layer_agreement
from kunster.losses.slim import ARCHITECTURE, SLIM, card, load_slim, save_slim
from kunster.losses.weights import VGG19, load_vgg

# share of the variance of VGG-19 that the first network of this size explained
EXPLAINED = {"relu1_2": 0.8, "relu2_2": 0.4, "relu3_3": 0.4}


@pytest.fixture
def weights():
    torch.manual_seed(0)
    return Student(ARCHITECTURE, (4, 6, 8, 10), (8, 8, 8, 8)).weights({"name": "small"})


def test_what_is_saved_is_loaded(tmp_path, weights):
    path = tmp_path / "slim.safetensors"
    save_slim(weights, path, {"recipe": {"steps": 3}})
    network = load_slim(path)
    assert card(path) == {"recipe": {"steps": 3}}
    assert network.mean.flatten().tolist() == pytest.approx(weights.mean)
    for name, (weight, bias) in weights.convolutions.items():
        assert torch.equal(getattr(network, f"{name}_weight"), weight.half().float())
        assert torch.equal(getattr(network, f"{name}_bias"), bias.half().float())
    for layer, readout in weights.readouts.items():
        assert torch.equal(network.readout(layer), readout.half().float())
    assert list(tmp_path.iterdir()) == [path]


def test_foreign_files_are_refused(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        load_slim(tmp_path / "none.safetensors")
    (tmp_path / "text.safetensors").write_text("hello")
    with pytest.raises(UserError, match="damaged or not a safetensors file"):
        load_slim(tmp_path / "text.safetensors")
    save_file({"conv1_1.weight": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(UserError, match="not a network written by"):
        load_slim(tmp_path / "other.safetensors")


def test_the_shipped_file_is_small_and_names_its_teacher_and_licence():
    assert SLIM.stat().st_size <= 3e6
    assert {"recipe", "held_out", "licence", "teachers"} <= card().keys()
    assert "CC BY 4.0" in card()["licence"]


@torch.no_grad()
def test_the_shipped_network_stands_in_for_vgg19_on_photos_it_never_saw(real):
    teacher = load_vgg(real("vgg", "vgg19_conv1_1-conv3_4_keras_fp32.npz"), VGG19)
    files = sorted(real("video", "davis").rglob("*.jpg"))  # no training used these
    photos = [decode_photo(file, 160)[:160, :160] for file in files[:: max(1, len(files) // 4)]]
    frames = torch.stack([torch.from_numpy(p.copy()).permute(2, 0, 1) for p in photos]) / 255
    ours, theirs = (net.features(frames, list(EXPLAINED)) for net in (load_slim(), teacher))
    for layer, mine, its in zip(EXPLAINED, ours, theirs, strict=True):
        assert layer_agreement(mine, its)["explained_variance"] >= EXPLAINED[layer], layer
