import coremltools
import pytest
from coremltools.proto import FeatureTypes_pb2

from kunster.errors import UserError
from kunster.export.coreml import COMMON_SIZES, export_coreml
from kunster.export.mil_package import read_package

from ..random_networks import describe, random_network

RGB = FeatureTypes_pb2.ImageFeatureType.RGB


@pytest.fixture
def package(tmp_path):
    description = describe()

    def write(**options):
        path = tmp_path / "m.mlpackage"
        export_coreml(random_network(description), description, path, **options)
        return path

    return write


def test_image_in_image_out_at_common_sizes(package):
    spec = coremltools.utils.load_spec(str(package()))
    [image], [stylized] = spec.description.input, spec.description.output
    assert (image.name, stylized.name) == ("image", "stylized")
    assert image.type.imageType.colorSpace == stylized.type.imageType.colorSpace == RGB
    assert (image.type.imageType.width, image.type.imageType.height) == (480, 320)
    sizes = {(s.height, s.width) for s in image.type.imageType.enumeratedSizes.sizes}
    assert sizes == set(COMMON_SIZES)
    assert all(side % 4 == 0 for size in sizes for side in size)


def test_metadata_and_system(package):
    spec = coremltools.utils.load_spec(str(package()))
    metadata = spec.description.metadata
    assert describe().to_metadata().items() <= dict(metadata.userDefined).items()
    assert "scream" in metadata.shortDescription
    assert metadata.license
    assert spec.specificationVersion == 6  # iOS 15, where the paper's iPhone 6s ends


def test_a_range_of_sizes(package):
    sizes = read_package(package(sizes="ranged")).sizes
    assert sizes.ranges == ((64, 1920), (64, 1920))
    assert (132, 100) in sizes
    assert (60, 100) not in sizes


def test_one_fixed_size(package):
    path = package(sizes="fixed", default=(240, 320))
    sizes = read_package(path).sizes
    assert (sizes.default, sizes.enumerated, sizes.ranges) == ((240, 320), (), None)
    [stylized] = coremltools.utils.load_spec(str(path)).description.output
    assert (stylized.type.imageType.width, stylized.type.imageType.height) == (320, 240)


def test_weights_and_arithmetic_are_half_precision(package):
    path = package()
    blob = (path / "Data/com.apple.CoreML/weights/weight.bin").stat().st_size
    assert blob < 3 * 15195
    halves = [operation.half for operation in read_package(path).operations]
    assert halves.count(False) == 2  # the scaling of the image, and the image that leaves


def test_silent_and_replaces_what_was_there(package, capfd, recwarn):
    first = package()
    (first / "leftover").touch()
    assert not (package() / "leftover").exists()
    assert [path.name for path in first.parent.iterdir()] == ["m.mlpackage"]
    assert "".join(capfd.readouterr()) == ""
    assert not recwarn


@pytest.mark.parametrize(
    "options", [{"sizes": "any"}, {"default": (321, 480)}, {"default": (32, 480)}]
)
def test_refuses_sizes_that_are_none(package, options):
    with pytest.raises(UserError, match="must be"):
        package(**options)
