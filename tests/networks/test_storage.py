import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from kunster.errors import UserError
from kunster.measures.models import open_model
from kunster.networks.model_file import load_model, save_model
from kunster.networks.start import load_start
from kunster.networks.storage import in_eight_bits, restored
from kunster.networks.stylizer import stylize
from kunster.video.models import open_stylizer

from ..random_networks import describe, random_network

HALF, SMALLEST = 2**-11, 2**-25  # rounding to half precision: relative error, and below 2^-14
ENDS = ("encoder.0.0.weight", "decoder.2.weight")
ID_1, ID_8, ID_14 = (1.0, 1.0), (0.5, 0.75), (0.25, 0.5)


def small_file(path, shape):
    description = describe(alpha=shape[0], beta=shape[1])
    network = random_network(description)
    save_model(network, description, path, small=True)
    return network


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Id 1: the network, and the small file of it."""
    path = tmp_path_factory.mktemp("large") / "1.safetensors"
    return small_file(path, ID_1), path


def test_each_output_has_the_scale_that_makes_its_largest_weight_127():
    kernel = np.float32([[-1.27, 0.0049, 0.0051, 0.6], [0, 0, 0, 0], [0, 0, 0, 254.0]])
    numbers, scales = in_eight_bits(kernel[:, :, None, None])
    assert numbers[:, :, 0, 0].tolist() == [[-127, 0, 1, 60], [0, 0, 0, 0], [0, 0, 0, 127]]
    assert scales[[0, 2]].tolist() == pytest.approx([0.01, 2.0])
    back = restored({"kernel": numbers, "kernel.scale": scales})
    assert list(back) == ["kernel"]
    assert (back["kernel"][1] == 0).all()


def test_kernels_of_a_large_network_are_off_by_half_a_step_and_all_else_by_half_precision(large):
    network, path = large
    found, stored = load_model(path)[0].state_dict(), load_file(path)
    in_bytes = [name for name, tensor in stored.items() if tensor.dtype == torch.int8]
    assert len(in_bytes) == 14  # 2 strided, 10 residual, 2 after doubling
    for name, tensor in network.state_dict().items():
        assert found[name].dtype == torch.float32
        error = (found[name] - tensor).abs()
        if name in in_bytes:
            half_a_step = tensor.abs().amax((1, 2, 3), keepdim=True) / 127 / 2
            assert (error <= half_a_step * 1.0001).all()
            assert error.max() > half_a_step.max() / 2
        else:
            assert (error <= (tensor.abs() * HALF).clamp_min(SMALLEST)).all()
    assert not set(ENDS) & set(in_bytes)


def test_the_bytes_of_what_ships(large, tmp_path):
    """One a weight in the middle of id 1 and four a channel there, two for all else."""
    middle = 9 * (32 * 48 + 48 * 64 + 10 * 64 * 64 + 64 * 48 + 48 * 32)
    channels = 48 + 64 + 10 * 64 + 48 + 32
    expected = {
        ID_1: middle + 4 * channels + 2 * (469_731 - middle),
        ID_8: 2 * 77_811,
        ID_14: 2 * 15_195,
    }
    total = 0
    for shape, size in expected.items():
        path = tmp_path / "m.safetensors"
        small_file(path, shape)
        content = path.read_bytes()
        assert len(content) - 8 - int.from_bytes(content[:8], "little") == size
        total += len(content)
    assert 5 * 2 * total < 8_000_000  # five styles, both stages


def test_pictures_differ_by_less_than_one_step(large, photos):
    network, path = large
    frames = torch.from_numpy(photos[0][:128, 200:328]).permute(2, 0, 1)[None] / 255
    difference = stylize(load_model(path)[0], frames) - stylize(network, frames)
    assert 0 < difference.abs().mean() < 1 / 255


def test_every_way_to_open_a_network_reads_it(large, photos):
    _, path = large
    frames = torch.rand(1, 3, 64, 64)
    network, description = load_model(path)
    expected = stylize(network, frames)
    torch.testing.assert_close(open_model(path).network(frames), expected)
    torch.testing.assert_close(stylize(open_stylizer(str(path))[0], frames), expected)
    begun, record = load_start(path, description, frames)
    assert record["value_range"] == "1"
    torch.testing.assert_close(stylize(begun, frames).detach(), expected)


def without_scales(tensors):
    return {name: tensor for name, tensor in tensors.items() if not name.endswith(".scale")}


def with_few_scales(tensors):
    return {
        name: tensor[:2].clone() if name.endswith(".scale") else tensor
        for name, tensor in tensors.items()
    }


def with_broken_scales(tensors):
    return {
        name: tensor * float("nan") if name.endswith(".scale") else tensor
        for name, tensor in tensors.items()
    }


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without_scales, r"is in whole numbers, but \S+\.scale is missing"),
        (with_few_scales, r"\.scale has shape \(2,\) for a tensor \(\d+, \d+, 3, 3\)"),
        (with_broken_scales, "holds values that are not numbers"),
    ],
)
def test_whole_numbers_without_their_scales(large, tmp_path, change, says):
    description = load_model(large[1])[1]
    path = tmp_path / "m.safetensors"
    save_file(change(load_file(large[1])), path, description.to_metadata())
    with pytest.raises(UserError, match=rf"m\.safetensors: tensor \S+ ?{says}"):
        load_model(path)


def test_what_half_precision_cannot_hold_is_not_written(tmp_path):
    description = describe()
    network = random_network(description)
    network.decoder[-1].bias[0] = 70_000
    with pytest.raises(UserError, match="not numbers"):
        save_model(network, description, tmp_path / "m.safetensors", small=True)
    assert not list(tmp_path.iterdir())
