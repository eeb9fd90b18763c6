import numpy as np
import pytest

pytest.importorskip("ai_edge_quantizer", reason="needs the extra android")

from kunster.export.litert import export_litert
from kunster.export.litert_file import open_litert

from ..random_networks import describe, painted, random_network


@pytest.fixture
def write(tmp_path):
    def written(network, description):
        path = tmp_path / "m.tflite"
        export_litert(network, description, path, "int8", (64, 96))
        return path

    return written


def error(path, network, image):
    return np.abs(open_litert(path).stylize(image) - painted(network, image))


def test_is_near_on_a_photo_and_not_the_same(write, photos):
    network = random_network(describe())
    path = write(network, describe())
    image = np.ascontiguousarray(photos[1][100:164, 100:196])
    assert 0.5 < error(path, network, image).max() < 64
    assert error(path, network, image).mean() < 8


@pytest.mark.parametrize("value", [0, 255])
def test_a_flat_picture_stays_flat(write, value):
    """Kernels rounded one by one would give its pixels different sums, and norms blow that up."""
    network = random_network(describe())
    image = np.full((320, 480, 3), value, np.uint8)
    path = write(network, describe())
    assert error(path, network, image).max() < 2


def test_kernels_are_bytes_and_the_metadata_stays(tmp_path, write):
    from ai_edge_litert import schema_py_generated as schema

    description = describe(alpha=1)
    network = random_network(description)
    path = write(network, description)
    export_litert(network, description, tmp_path / "half.tflite")
    assert path.stat().st_size < 0.6 * (tmp_path / "half.tflite").stat().st_size
    model = schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
    kernels = [each for each in model.subgraphs[0].tensors if each.name.endswith(b".weight")]
    assert all(each.type == schema.TensorType.INT8 for each in kernels if len(each.shape) == 4)
    metadata = {
        entry.name.decode(): bytes(model.buffers[entry.buffer].data).decode()
        for entry in model.metadata
    }
    assert description.to_metadata().items() <= metadata.items()


def test_prints_nothing(write, capfd):
    write(random_network(describe()), describe())
    assert "".join(capfd.readouterr()) == ""
