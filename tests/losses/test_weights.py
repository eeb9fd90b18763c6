"""Which VGG a file holds, by its own numbering, and files that hold none."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from kunster.errors import UserError
from kunster.losses.vgg import load_vgg19
from kunster.losses.weights import VGG16, VGG19, load_vgg

SHAPE = {16: (2, 2, 3, 3), 19: (2, 2, 4, 4)}  # Simonyan & Zisserman 2015, table 1, up to block 4
WIDTH = 2  # channels a block, times its number

POOLINGS = ("max", "average")


def kernels(convolutions) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Random weights and biases of a thin VGG, by block and index."""
    generator, inputs, found = torch.Generator().manual_seed(0), 3, {}
    for block, count in enumerate(convolutions, start=1):
        for index in range(1, count + 1):
            outputs = WIDTH * block
            found[f"{block}{index}"] = (
                torch.randn(outputs, inputs, 3, 3, generator=generator),
                torch.randn(outputs, generator=generator),
            )
            inputs = outputs
    return found


def keras_file(path, depth):
    arrays = {}
    for (block, index), (weight, bias) in kernels(SHAPE[depth]).items():
        arrays[f"block{block}_conv{index}_kernel"] = weight.permute(2, 3, 1, 0).numpy()
        arrays[f"block{block}_conv{index}_bias"] = bias.numpy()
    np.savez(path, **arrays)


@pytest.mark.parametrize(("depth", "architecture"), [(16, VGG16), (19, VGG19)])
def test_torchvision_numbers_its_layers_as_we_count_them(tmp_path, depth, architecture):
    from torchvision.models.vgg import cfgs, make_layers

    with torch.device("meta"):
        layers = make_layers(cfgs[{16: "D", 19: "E"}[depth]])
    thin = iter(kernels((*SHAPE[depth], SHAPE[depth][-1])).items())
    state, expected = {}, {}
    for number, layer in enumerate(layers):
        if isinstance(layer, torch.nn.Conv2d):
            name, (weight, bias) = next(thin)
            state |= {f"features.{number}.weight": weight, f"features.{number}.bias": bias}
            expected[f"conv{name[0]}_{name[1]}"] = weight
    torch.save(state, tmp_path / "weights.pth")
    network = load_vgg(tmp_path / "weights.pth")
    assert network.architecture.convolutions[:3] == architecture.convolutions[:3]
    for name in architecture.layers():
        if name.startswith("conv") and name != "conv1_1":
            assert torch.equal(getattr(network, f"{name}_weight"), expected[name])


@pytest.mark.parametrize(("depth", "architecture"), [(16, VGG16), (19, VGG19)])
def test_keras_files_of_both_depths_are_told_apart(tmp_path, depth, architecture):
    keras_file(tmp_path / "weights.npz", depth)
    found = load_vgg(tmp_path / "weights.npz").architecture
    assert found.convolutions[:3] == architecture.convolutions[:3]


@pytest.mark.parametrize(
    ("held", "asked", "said"),
    [(19, VGG16, "has a conv3_4: not the VGG asked for"), (16, VGG19, "lacks conv3_4")],
)
def test_the_other_vgg_is_refused(tmp_path, held, asked, said):
    keras_file(tmp_path / "weights.npz", held)
    with pytest.raises(UserError, match=said):
        load_vgg(tmp_path / "weights.npz", asked)


def test_batch_normalised_and_grey_vggs_are_refused(tmp_path):
    from torchvision.models.vgg import cfgs, make_layers

    with torch.device("meta"):
        layers = make_layers(cfgs["D"], batch_norm=True)
    thin = {
        f"features.{name}": torch.zeros([min(side, 3) for side in tensor.shape])
        for name, tensor in layers.state_dict().items()
    }
    save_file(thin, tmp_path / "bn.safetensors")
    with pytest.raises(UserError, match="lacks conv1_2"):
        load_vgg(tmp_path / "bn.safetensors")
    grey = {"features.0.weight": torch.zeros(64, 1, 3, 3), "features.0.bias": torch.zeros(64)}
    save_file(grey, tmp_path / "grey.safetensors")
    with pytest.raises(UserError, match=r"conv1_1 has shapes \(64, 1, 3, 3\)"):
        load_vgg(tmp_path / "grey.safetensors")


@pytest.mark.parametrize("content", [torch.zeros(3), [1, 2], {"weights": {"a": torch.zeros(1)}}])
def test_other_things_that_torch_saves_are_refused(tmp_path, content):
    torch.save(content, tmp_path / "other.pth")
    with pytest.raises(UserError, match=r"other\.pth"):
        load_vgg(tmp_path / "other.pth")


def test_a_file_of_code_is_refused_in_a_line(tmp_path):
    torch.save(torch.nn.Linear(2, 2), tmp_path / "module.pth")
    with pytest.raises(UserError) as refused:
        load_vgg(tmp_path / "module.pth")
    assert len(str(refused.value).splitlines()) == 1


def test_the_real_files(real):
    assert load_vgg(real("vgg", "vgg19_conv1_1-conv3_4_keras_fp32.npz")).architecture == VGG19
    with pytest.raises(UserError, match="lacks conv3_1; found conv1_1, conv1_2, conv2_1, conv2_2"):
        load_vgg(real("vgg", "vgg16_conv1_1-conv2_2_keras.npz"))


def test_a_codebook_holds_the_weights_that_its_places_name(tmp_path):
    """Places 0, 1, 2 … in a table of squares, and back."""
    state = {}
    for (block, index), (weight, bias) in kernels(SHAPE[19]).items():
        layer = f"block{block}_conv{index}"
        places = torch.arange(weight.numel()).remainder(256).view(weight.shape).byte()
        state |= {f"{layer}_W_q": places, f"{layer}_b": bias}
        state[f"{layer}_W_table"] = torch.arange(256.0).square()
    torch.save(state, tmp_path / "codes.pth")
    network = load_vgg(tmp_path / "codes.pth")
    expected = state["block2_conv2_W_q"].float().square()
    assert torch.equal(network.get_buffer("conv2_2_weight"), expected)
    first = network.get_buffer("conv1_1_weight")  # for RGB in [0, 1], of BGR in 0-255
    assert torch.equal(first, 255 * state["block1_conv1_W_q"].float().square().flip(1))


def test_the_vgg19_that_ships_has_oxfords_features(real):
    """Within 0.7 % of the exact weights, and down to relu4_3."""
    exact = load_vgg(real("vgg", "vgg19_conv1_1-conv3_4_keras_fp32.npz"))
    ours, picture = load_vgg19(), torch.rand(1, 3, 64, 64)
    for layer in ("relu1_2", "relu2_2", "relu3_3"):
        (found,), (expected,) = ours.features(picture, [layer]), exact.features(picture, [layer])
        assert (found - expected).norm() < 0.007 * expected.norm()
    assert ours.features(picture, ["relu4_3"])[0].shape == (1, 512, 8, 8)


def test_average_pooling_means_where_maximum_pooling_takes_the_largest(tmp_path):
    keras_file(tmp_path / "weights.npz", 19)
    picture = torch.rand(1, 3, 16, 16)
    largest, mean = (load_vgg(tmp_path / "weights.npz", pooling=each) for each in POOLINGS)
    (first,) = largest.features(picture, ["relu1_2"])
    weight, bias = (mean.get_buffer(f"conv2_1_{part}") for part in ("weight", "bias"))
    for network, pool in ((largest, F.max_pool2d), (mean, F.avg_pool2d)):
        expected = F.conv2d(pool(first, 2), weight, bias, padding=1).relu()
        torch.testing.assert_close(network.features(picture, ["relu2_1"])[0], expected)
