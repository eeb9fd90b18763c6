import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from kunster.errors import UserError
from kunster.export.litert import export_litert, summable
from kunster.export.litert_file import operation_counts
from kunster.export.litert_graph import DepthToSpace
from kunster.networks.rewriting import rewritten

from ..random_networks import describe, painted, random_network

pytest.importorskip("ai_edge_litert", reason="needs the extra android")

from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

SMALL = (64, 96)
CREDITS = {"title": "The Scream", "year": "1893"}


@pytest.fixture
def interpreter(tmp_path):
    """Of a network's file, as an app would open it."""

    def opened(network, description, **options):
        export_litert(network, description, tmp_path / "m.tflite", **options)
        return Interpreter(str(tmp_path / "m.tflite"))

    return opened


def stylized(interpreter, image):
    [frames], [result] = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(frames["index"], (1, *image.shape))
    interpreter.allocate_tensors()
    interpreter.set_tensor(frames["index"], image[None])
    interpreter.invoke()
    return interpreter.get_tensor(result["index"])[0].astype(np.float32)


def noise(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_computes_the_network_at_its_own_size_and_any_other(network, description, interpreter):
    network.decoder[-1].weight.mul_(10)  # outputs on both sides of [0, 1]
    ready = interpreter(network, description, precision="fp32", size=SMALL)
    for size in (SMALL, (132, 100), (68, 196), SMALL):
        wanted = painted(network, noise(*size))
        assert wanted.min() == 0
        assert wanted.max() == 255
        # half a step is lost to whole numbers
        torch.testing.assert_close(stylized(ready, noise(*size)), wanted, rtol=0, atol=0.51)


def test_half_precision_is_near(network, description, interpreter):
    result = stylized(interpreter(network, description, size=SMALL), noise(*SMALL))
    torch.testing.assert_close(result, painted(network, noise(*SMALL)), rtol=0, atol=2)


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_a_flat_picture_stays_flat(interpreter, precision):
    """Norms blow up whatever differs from pixel to pixel."""
    network = random_network(describe())
    image = np.full((320, 480, 3), 255, np.uint8)
    result = stylized(interpreter(network, describe(), precision=precision), image)
    torch.testing.assert_close(result, painted(network, image), rtol=0, atol=2)


def test_no_transposition_and_nothing_that_the_fast_library_lacks(network, description, tmp_path):
    export_litert(network, description, tmp_path / "m.tflite")
    operations = operation_counts(tmp_path / "m.tflite")
    assert operations["CONV_2D"] == 10
    assert not {"TRANSPOSE", "MIRROR_PAD", "RESIZE_NEAREST_NEIGHBOR"} & operations.keys()


def test_bytes_in_and_out_and_metadata(interpreter, tmp_path):
    ready = interpreter(random_network(describe()), describe(), size=(240, 320), credits=CREDITS)
    runner = ready.get_signature_runner()
    for details, name in (
        (runner.get_input_details(), "image"),
        (runner.get_output_details(), "stylized"),
    ):
        assert list(details) == [name]
        assert details[name]["dtype"] == np.uint8
        assert details[name]["shape"].tolist() == [1, 240, 320, 3]
    model = schema.ModelT.InitFromPackedBuf((tmp_path / "m.tflite").read_bytes(), 0)
    metadata = {
        entry.name.decode(): bytes(model.buffers[entry.buffer].data).decode()
        for entry in model.metadata
    }
    assert metadata == describe().to_metadata() | CREDITS


def test_half_precision_halves_what_the_kernels_take(tmp_path):
    for precision in ("fp32", "fp16"):
        path = tmp_path / f"{precision}.tflite"
        export_litert(random_network(describe(alpha=1)), describe(alpha=1), path, precision)
    sizes = [(tmp_path / f"{name}.tflite").stat().st_size for name in ("fp16", "fp32")]
    assert sizes[0] < 0.55 * sizes[1]


def test_sums_of_neighbours_are_exact_in_half_precision():
    torch.manual_seed(0)
    weight = summable(torch.randn(8, 5, 3, 3) * torch.logspace(-4, 2, 8).view(-1, 1, 1, 1), 2048)
    sums = F.avg_pool2d(weight, 2, stride=1) * 4
    assert torch.equal(sums, sums.half().float())
    assert torch.equal(weight, weight.half().float())
    assert summable(torch.zeros(1, 1, 3, 3), 2048).eq(0).all()


def test_sums_of_neighbours_fit_into_eight_bits():
    torch.manual_seed(0)
    weight = summable(torch.randn(8, 5, 3, 3), 127)
    sums = F.avg_pool2d(weight, 2, stride=1) * 4
    steps = [torch.unique(kernel.abs())[1] for kernel in weight]  # after zero
    assert all((each / step).abs().max() <= 127 for each, step in zip(sums, steps, strict=True))


def test_rounding_is_to_a_thousandth_of_the_largest_sum():
    torch.manual_seed(0)
    weight = torch.randn(4, 3, 3, 3)
    largest = (4 * F.avg_pool2d(weight.abs(), 2, stride=1)).amax((1, 2, 3), keepdim=True)
    assert ((summable(weight, 2048) - weight).abs() <= largest / 2046).all()


def test_depth_to_space_takes_the_pixel_before_the_channel():
    features = torch.arange(12.0).view(1, 12, 1, 1)
    pixels = DepthToSpace(2)(features)
    assert pixels[0, :, 0, 0].tolist() == [0, 1, 2]
    assert pixels[0, :, 0, 1].tolist() == [3, 4, 5]
    assert pixels[0, :, 1, 0].tolist() == [6, 7, 8]


def test_doubling_by_blocks_is_the_same_function(network):
    frames = torch.rand(1, 3, 64, 72)
    wanted = network(frames)
    network = rewritten(network, transposed=False)
    assert not any(isinstance(module, nn.ConvTranspose2d) for module in network.modules())
    torch.testing.assert_close(network(frames), wanted, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"size": (321, 480)}, "480x321"),
        ({"size": (32, 480)}, "480x32"),
        ({"precision": "int4"}, "precision=int4: must be one of fp32, fp16, int8"),
    ],
)
def test_refuses_what_is_not_allowed(tmp_path, options, complaint):
    with pytest.raises(UserError, match=complaint):
        export_litert(random_network(describe()), describe(), tmp_path / "m.tflite", **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("alpha", "beta"), [(1, 0.5), (0.5, 0.75), (0.125, 1)])
def test_networks_of_table_2(alpha, beta, interpreter):
    description = describe(alpha=alpha, beta=beta)
    network = random_network(description)
    result = stylized(interpreter(network, description, size=SMALL), noise(*SMALL))
    torch.testing.assert_close(result, painted(network, noise(*SMALL)), rtol=0, atol=2)


@pytest.mark.parametrize("kind", ["reconet", "johnson"])
def test_the_baselines(kind, interpreter):
    description = describe(kind=kind, alpha=None, beta=None, layout=None)
    network = random_network(description)
    result = stylized(interpreter(network, description, size=(64, 64)), noise(64, 64))
    torch.testing.assert_close(result, painted(network, noise(64, 64)), rtol=0, atol=2)
