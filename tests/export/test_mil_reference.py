"""The evaluator against closed forms and independently written functionals."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from kunster.errors import UserError
from kunster.export.mil_package import ImageSizes, Operation, Package, read_package
from kunster.export.mil_reference import (
    DEFINITIONS,
    evaluate,
    open_package,
    run,
)
from kunster.pictures.images import as_image

from ..random_networks import random_network
from .conftest import one_block


def program(*operations):
    return Package("x", "y", ImageSizes((64, 64)), operations)


def compute(kind, x, half=False, **inputs):
    operation = Operation(kind, kind, {"x": "x"} | inputs, ("y",), half)
    return run(program(operation), torch.as_tensor(x, dtype=torch.float32))


def test_convolution_of_an_impulse_is_the_kernel_turned_round():
    x = torch.zeros(1, 1, 5, 5)
    x[0, 0, 2, 2] = 1
    kernel = np.arange(9, dtype=np.float32).reshape(1, 1, 3, 3)
    window = {"strides": [1, 1], "pad_type": "valid", "pad": [0] * 4, "dilations": [1, 1]}
    y = compute("conv", x, weight=kernel, bias=np.float32([10]), groups=1, **window)
    assert torch.equal(y[0, 0], 10 + torch.from_numpy(kernel[0, 0, ::-1, ::-1].copy()))


def test_reflection_leaves_the_edge_out_and_pads_each_side_by_its_own():
    x = torch.tensor([[0.0, 1, 2], [10, 11, 12], [20, 21, 22]])[None, None]
    y = compute("pad", x, pad=[0, 0, 0, 0, 1, 0, 0, 2], mode="reflect", constant_val=0.0)
    assert y[0, 0].tolist() == [
        [10, 11, 12, 11, 10],
        [0, 1, 2, 1, 0],
        [10, 11, 12, 11, 10],
        [20, 21, 22, 21, 20],
    ]


def test_instance_norm_of_two_values_is_plus_minus_one():
    x = torch.tensor([3.0, 7.0])[None, None, None]
    affine = {"gamma": np.float32([2]), "beta": np.float32([0.5])}
    y = compute("instance_norm", x, epsilon=0.0, **affine)
    torch.testing.assert_close(y.flatten(), torch.tensor([-1.5, 2.5]))


def test_nearest_upsampling_repeats():
    x = torch.tensor([[1.0, 2], [3, 4]])[None, None]
    y = compute("upsample_nearest_neighbor", x, scale_factor_height=2.0, scale_factor_width=2.0)
    rows = [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]
    assert y[0, 0].tolist() == rows


@pytest.mark.parametrize(
    ("kind", "inputs", "expected"),
    [
        ("relu", {}, [0, 0.25, 4]),
        ("clip", {"alpha": 0.0, "beta": 1.0}, [0, 0.25, 1]),
        ("mul", {"y": 2.0}, [-2, 0.5, 8]),
        ("sub", {"y": 1.0}, [-2, -0.75, 3]),
        ("real_div", {"y": 4.0}, [-0.25, 0.0625, 1]),
        ("maximum", {"y": np.float32([0, 1, 2])}, [0, 1, 4]),
        ("minimum", {"y": np.float32([0, 1, 2])}, [-1, 0.25, 2]),
        ("square", {}, [1, 0.0625, 16]),
        ("reduce_mean", {"axes": [0], "keep_dims": True}, [3.25 / 3]),
        ("tanh", {}, np.tanh([-1, 0.25, 4])),
    ],
)
def test_arithmetic(kind, inputs, expected):
    y = compute(kind, [-1.0, 0.25, 4.0], **inputs)
    torch.testing.assert_close(y, torch.tensor(np.float32(expected)))


def test_a_result_in_half_precision_has_eleven_bits_and_overflows():
    assert compute("mul", [1 + 2**-11, 65504.0], half=True, y=1.0).tolist() == [1, 65504]
    assert compute("mul", [65504.0], half=True, y=2.0).isinf().all()


def test_names_an_operation_it_does_not_know():
    with pytest.raises(LookupError, match="gelu"):
        compute("gelu", [1.0])
    assert "gelu" not in DEFINITIONS


@pytest.mark.parametrize("norm", ["instance", "frn"])
def test_a_package_computes_the_network_with_its_weights_rounded(ranged, norm):
    network = random_network(one_block(norm))
    # the file holds what takes and gives 256ths of bytes
    first, last = network.encoder[0][0], network.decoder[-1]
    for inside, outside in ((first.weight,), 256 / 255), ((last.weight, last.bias), 255 / 256):
        for parameter in inside:
            parameter.mul_(outside)
    for parameter in network.parameters():
        parameter.copy_(parameter.half())
    package = read_package(ranged(norm))
    for size in ((64, 64), (132, 100)):
        image = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
        frames = torch.from_numpy(image).permute(2, 0, 1)[None] / 255
        in_256ths = network(frames * 255 / 256).clamp(0, 255 / 256)
        expected = in_256ths[0].permute(1, 2, 0) * 256
        exact = torch.from_numpy(evaluate(package, image, half=False))
        torch.testing.assert_close(exact, expected, rtol=0, atol=0.05)
        rounded = torch.from_numpy(evaluate(package, image))
        assert 0 < (rounded - expected).abs().max() < 2
    with pytest.raises(UserError, match="60x60"):
        evaluate(package, image[:60, :60])


def test_keeps_the_largest_value_that_each_convolution_reaches(ranged, photos):
    network = random_network(one_block())
    reached = []
    for layer in network.modules():
        if isinstance(layer, torch.nn.Conv2d):
            layer.register_forward_hook(
                lambda *called: reached.append(float(called[2].abs().max()))
            )
    opened = open_package(ranged("instance"))
    for photo in photos:
        opened.stylize(photo[:64, :64])
    for photo in photos:
        network(as_image(photo[:64, :64]))
    kinds = {op.name: op.kind for op in read_package(ranged("instance")).operations}
    found = [value for name, value in opened.ranges.items() if kinds[name] == "conv"]
    expected = [max(pair) for pair in zip(reached[:8], reached[8:], strict=True)]
    np.testing.assert_allclose(found, expected, rtol=0.02)


def test_reads_every_weight_of_the_file(ranged):
    network = random_network(one_block())
    operations = read_package(ranged("instance")).operations
    kernels = [each.inputs["weight"] for each in operations if each.kind == "conv"]
    network.encoder[0][0].weight.mul_(256 / 255)  # takes and gives 256ths of bytes
    network.decoder[-1].weight.mul_(255 / 256)
    expected = [p.half().numpy() for p in network.parameters() if p.ndim == 4]
    assert len(kernels) == len(expected)
    assert all(any(np.array_equal(a, b) for b in kernels) for a in expected)


def test_reference_agrees_with_torch_on_a_strided_convolution():
    x, kernel = torch.rand(1, 4, 9, 12), torch.rand(6, 4, 3, 3)
    window = {"strides": [2, 2], "pad_type": "custom", "pad": [1, 0, 2, 1], "dilations": [1, 1]}
    y = compute("conv", x, weight=kernel.numpy(), groups=1, **window)
    torch.testing.assert_close(y, F.conv2d(F.pad(x, (2, 1, 1, 0)), kernel, stride=2))


def test_bytes_enter_half_precision_exactly(ranged):
    entered = []

    def keep(operation, result):
        if operation.kind == "cast" and operation.half:
            entered.append(result)

    levels = np.arange(64 * 64 * 3).reshape(64, 64, 3).astype(np.uint8)  # all 256
    evaluate(read_package(ranged("instance")), levels, observe=keep)
    assert torch.equal(entered[0][0] * 256, torch.from_numpy(levels).permute(2, 0, 1).float())
