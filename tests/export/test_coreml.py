import pytest

from kunster.errors import UserError
from kunster.export.coreml import COMMON_SIZES, export_coreml
from kunster.export.mil_package import read_package

from ..random_networks import random_network
from .conftest import one_block

CREDITS = {"title": "The Scream", "year": "1893"}


def write(path, **options):
    export_coreml(random_network(one_block()), one_block(), path, **options)
    return path


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """At the common sizes, with credits."""
    return write(tmp_path_factory.mktemp("coreml") / "m.mlpackage", credits=CREDITS)


def read_spec(path):
    import coremltools

    return coremltools.utils.load_spec(str(path))


def test_image_in_image_out_at_common_sizes(package):
    from coremltools.proto.FeatureTypes_pb2 import ImageFeatureType

    spec = read_spec(package)
    [image], [stylized] = spec.description.input, spec.description.output
    assert (image.name, stylized.name) == ("image", "stylized")
    spaces = {each.type.imageType.colorSpace for each in (image, stylized)}
    assert spaces == {ImageFeatureType.RGB}
    assert (image.type.imageType.width, image.type.imageType.height) == (480, 320)
    sizes = {(s.height, s.width) for s in image.type.imageType.enumeratedSizes.sizes}
    assert sizes == set(COMMON_SIZES)
    assert all(side % 4 == 0 for size in sizes for side in size)


def test_metadata_and_system(package):
    spec = read_spec(package)
    metadata = spec.description.metadata
    expected = one_block().to_metadata() | CREDITS
    assert expected.items() <= dict(metadata.userDefined).items()
    assert "scream" in metadata.shortDescription
    assert metadata.license
    assert spec.specificationVersion == 6  # iOS 15, where the paper's iPhone 6s ends


def test_a_range_of_sizes(ranged):
    sizes = read_package(ranged("instance")).sizes
    assert sizes.ranges == ((64, 1920), (64, 1920))
    assert (132, 100) in sizes
    assert (60, 100) not in sizes


def test_one_fixed_size_silently_in_the_place_of_what_was_there(tmp_path, capfd, recwarn):
    path = tmp_path / "m.mlpackage"
    path.mkdir()
    (path / "leftover").touch()
    write(path, sizes="fixed", default=(240, 320))
    assert "".join(capfd.readouterr()) == ""
    assert not recwarn
    assert not (path / "leftover").exists()
    assert [each.name for each in tmp_path.iterdir()] == ["m.mlpackage"]
    sizes = read_package(path).sizes
    assert (sizes.default, sizes.enumerated, sizes.ranges) == ((240, 320), (), None)
    [stylized] = read_spec(path).description.output
    assert (stylized.type.imageType.width, stylized.type.imageType.height) == (320, 240)


def test_weights_and_arithmetic_are_half_precision(package):
    blob = (package / "Data/com.apple.CoreML/weights/weight.bin").stat().st_size
    assert blob < 3 * one_block().parameters
    halves = [operation.half for operation in read_package(package).operations]
    assert halves.count(False) == 2  # the scaling of the image, and the image that leaves


@pytest.mark.parametrize(
    "options", [{"sizes": "any"}, {"default": (321, 480)}, {"default": (32, 480)}]
)
def test_refuses_sizes_that_are_none(tmp_path, options):
    with pytest.raises(UserError, match="must be"):
        write(tmp_path / "m.mlpackage", **options)
