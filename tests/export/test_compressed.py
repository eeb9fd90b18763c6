"""Packages with compressed weights: operations by closed forms, packages against the weights."""

import numpy as np
import pytest
import torch

from kunster.export.coreml import ImageToImage, export_coreml, palette
from kunster.export.mil_package import read_package
from kunster.export.mil_reference import affine_dequantize, evaluate, lut_to_dense

from ..random_networks import painted, random_network
from .conftest import one_block


def test_dequantizing_is_scale_times_distance_from_zero_channel_by_channel():
    data = torch.tensor([[1, -2], [3, 4]], dtype=torch.int8)
    scale, zero = torch.tensor([0.5, 10.0]), torch.tensor([1, 4], dtype=torch.int8)
    assert affine_dequantize(data, zero, scale, 0).tolist() == [[0.0, -1.5], [-10.0, 0.0]]
    assert affine_dequantize(data, zero, scale, 1).tolist() == [[0.0, -60.0], [1.0, 0.0]]
    assert affine_dequantize(data, 0, 2.0, 0).tolist() == [[2.0, -4.0], [6.0, 8.0]]


def test_the_example_of_the_specification_of_packed_places():
    """MIL, constexpr_lut_to_dense: five places of two bits, 0 3 2 1 and 2, in two bytes."""
    indices = torch.tensor([0b01101100, 0b00000010], dtype=torch.uint8)
    values = lut_to_dense(indices, torch.tensor([10.0, 11.0, 12.0, 13.0]), [5])
    assert values.tolist() == [10, 13, 12, 11, 12]


def test_places_of_six_bits_run_on_into_the_next_byte():
    places = np.array([63, 0, 21, 42])
    bits = sum(int(place) << (6 * number) for number, place in enumerate(places))
    packed = torch.tensor(list(bits.to_bytes(3, "little")), dtype=torch.uint8)
    assert lut_to_dense(packed, torch.arange(64.0), [2, 2]).flatten().tolist() == places.tolist()


def test_a_palette_of_few_values_is_those_values():
    known = np.float16([-1, -0.25, 0.5, 2])
    weights = np.random.default_rng(0).choice(known, (4, 3, 3, 3))
    values, places = palette(weights)
    assert values.shape == (64,)
    np.testing.assert_array_equal(values[places].reshape(weights.shape), weights)


@pytest.fixture(scope="module")
def network():
    return random_network(one_block())


def written(name, network, tmp_path):
    path = tmp_path / "m.mlpackage"
    export_coreml(network, one_block(), path, "fixed", (128, 192), name)
    return read_package(path)


def error(package, network, photos):
    """The package against the network, in steps of 1/255."""
    picture = np.ascontiguousarray(photos[1][:128, :192])
    return np.abs(evaluate(package, picture) - painted(network, picture))


@pytest.mark.parametrize("name", ["int8", "palette"])
def test_kernels_are_stored_in_fewer_bits_and_close_to_what_they_were(
    name, network, photos, tmp_path
):
    package, inside = written(name, network, tmp_path), ImageToImage(network).network
    kernels = [
        kernel.numpy()
        for kernel in inside.parameters()
        if kernel.numel() > 128 and kernel.ndim == 4
    ]
    kinds = {"int8": "constexpr_affine_dequantize", "palette": "constexpr_lut_to_dense"}
    stored = [operation for operation in package.operations if operation.kind == kinds[name]]
    assert len(stored) == len(kernels)
    for operation, kernel in zip(stored, kernels, strict=True):
        held = operation.inputs["quantized_data" if name == "int8" else "indices"]
        assert held.itemsize == 1
        assert held.size == (kernel.size if name == "int8" else -(-kernel.size * 6 // 8))
        if name == "int8":
            scale = operation.inputs["scale"].astype(np.float32)[:, None, None, None]
            # half a step; half precision takes 127 / 2048 more from the scale and the weight each
            assert (np.abs(held * scale - kernel) <= (0.5 + 2 * 127 / 2048) * scale).all()
    assert error(package, network, photos).mean() < 4
