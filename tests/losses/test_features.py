"""The frozen networks against torchvision's and torch's own layers; every file format alike."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from kunster.errors import UserError
from kunster.losses.features import Architecture, PerceptualNetwork
from kunster.losses.weights import CAFFE_MEAN, VGG16, VGG19, load_vgg


@pytest.fixture(scope="module")
def torchvision_vgg():
    from torchvision.models.vgg import cfgs, make_layers  # without the classifier, most of VGG-16

    torch.manual_seed(0)
    features = make_layers(cfgs["D"])[:23].eval()  # up to relu4_3
    for layer in features:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return features


def taps(network: nn.Sequential, frames: torch.Tensor) -> list[torch.Tensor]:
    """relu1_2, relu2_2, relu3_3, relu4_3 by their numbers in torchvision."""
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    values, found = (frames - mean.view(3, 1, 1)) / std.view(3, 1, 1), []
    for index, layer in enumerate(network):
        values = layer(values)
        if index in (3, 8, 15, 22):
            found.append(values.clone())
    return found


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_vgg16_is_torchvisions(tmp_path, torchvision_vgg, suffix):
    state = {f"features.{name}": value for name, value in torchvision_vgg.state_dict().items()}
    path = tmp_path / f"vgg16{suffix}"
    torch.save(state, path) if suffix == ".pth" else save_file(state, path)
    frames = torch.rand(2, 3, 64, 48)
    features = load_vgg(path, VGG16).features(frames, VGG16.style_layers)
    with torch.no_grad():
        expected = taps(torchvision_vgg, frames)
    for ours, theirs in zip(features, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def keras_arrays(network: PerceptualNetwork) -> dict[str, np.ndarray]:
    """The Keras layout of a network with torchvision's mean, undone by hand: HWIO, BGR, 0–255."""
    arrays = {}
    for name in network.architecture.layers():
        if name.startswith("conv"):
            weight = getattr(network, f"{name}_weight")
            if name == "conv1_1":
                weight = weight.flip(1) / 255
            block = f"block{name[4]}_conv{name[6]}"
            arrays[f"{block}_kernel"] = weight.permute(2, 3, 1, 0).numpy()
            arrays[f"{block}_bias"] = getattr(network, f"{name}_bias").numpy()
    return arrays


@pytest.mark.parametrize("suffix", [".npz", ".h5"])
def test_keras_files_take_bgr_minus_the_caffe_mean(tmp_path, suffix):
    torch.manual_seed(0)
    original = random_network()
    arrays = keras_arrays(original)
    path = tmp_path / f"weights{suffix}"
    if suffix == ".npz":
        np.savez(path, **arrays)
    else:
        h5py = pytest.importorskip("h5py")
        with h5py.File(path, "w") as file:
            for name, array in arrays.items():
                block, _, part = name.rpartition("_")
                file[f"{block}/{block}/{part}:0"] = array
    frames = torch.rand(1, 3, 32, 32)
    (ours,) = load_vgg(path, original.architecture).features(frames, ["relu1_1"])
    bgr = frames.flip(1) * 255 - 255 * torch.tensor(CAFFE_MEAN[::-1]).view(1, 3, 1, 1)
    kernel = torch.from_numpy(arrays["block1_conv1_kernel"]).permute(3, 2, 0, 1)
    bias = torch.from_numpy(arrays["block1_conv1_bias"])
    expected = F.relu(F.conv2d(bgr, kernel, bias, padding=1))
    torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-4)


def random_network() -> PerceptualNetwork:
    architecture = Architecture((2, 2), ("relu1_2", "relu2_2"))
    shapes = {"conv1_1": (4, 3), "conv1_2": (4, 4), "conv2_1": (6, 4), "conv2_2": (6, 6)}
    convolutions = {
        name: (torch.randn(*shape, 3, 3) / 4, torch.randn(shape[0]) / 4)
        for name, shape in shapes.items()
    }
    return PerceptualNetwork(architecture, convolutions, (0.5, 0.4, 0.3))


def test_gradients_are_those_of_ordinary_layers():
    torch.manual_seed(0)
    network = random_network()
    frames = torch.rand(2, 3, 16, 12, requires_grad=True)
    ours = sum(features.pow(3).sum() for features in network.features(frames, network.style_layers))
    values = frames - network.mean
    plain = 0
    for name in ("conv1_1", "conv1_2", "pool", "conv2_1", "conv2_2"):
        if name == "pool":
            values = F.max_pool2d(values, 2)
            continue
        weight, bias = getattr(network, f"{name}_weight"), getattr(network, f"{name}_bias")
        values = F.relu(F.conv2d(values, weight, bias, padding=1))
        plain = plain + (values.pow(3).sum() if name.endswith("2") else 0)
    expected = torch.autograd.grad(plain, frames)[0]
    torch.testing.assert_close(torch.autograd.grad(ours, frames)[0], expected, rtol=1e-4, atol=1e-4)


def test_casting_changes_the_convolutions_alone():
    network = random_network().cast(torch.bfloat16)
    assert network.conv1_1_weight.dtype == torch.bfloat16
    assert network.mean.dtype == torch.float32


def test_real_weights_see_edges(real):
    """The first block of a VGG is known to hold edge detectors: flat grey excites it less."""
    network = load_vgg(real("vgg", "vgg19_conv1_1-conv3_4_keras_fp32.npz"), VGG19)
    flat = torch.full((1, 3, 64, 64), 0.45)
    edges = flat.clone()
    edges[..., ::8] = 1
    energies = [
        network.features(picture, ["relu2_2"])[0].square().mean() for picture in (flat, edges)
    ]
    assert energies[1] > 2 * energies[0]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.pth", None, "no such file"),
        ("text.pth", b"hello", "damaged"),
        ("cut.npz", b"PK\x03\x04", "not readable"),
        ("vgg.txt", b"", "weights come as"),
    ],
)
def test_files_that_hold_no_weights_are_named(tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=said):
        load_vgg(tmp_path / name, VGG16)


def test_a_missing_layer_is_named(tmp_path):
    save_file({"features.0.weight": torch.zeros(64, 3, 3, 3)}, tmp_path / "vgg16.safetensors")
    with pytest.raises(UserError, match="lacks conv1_1; found none"):
        load_vgg(tmp_path / "vgg16.safetensors", VGG16)
