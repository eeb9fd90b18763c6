"""Reading a Core ML package: its operations, constants and image sizes, on any system.

Only the file is read: the protocol buffer of the model, and the weight blob next to it.
"""

import struct
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kunster.errors import UserError

MODEL = "Data/com.apple.CoreML/model.mlmodel"
# the blob's layout: MILBlob/Blob/StorageFormat.hpp in apple/coremltools
BLOB_SENTINEL = 0xDEADBEEF
BLOB_TYPES = {1: np.float16, 2: np.float32, 3: np.uint8, 4: np.int8}
# FeatureTypes and MIL data types: mlmodel/format/MIL.proto
FLOAT16 = 10
DATA_TYPES = {
    10: np.float16,
    11: np.float32,
    12: np.float64,
    21: np.int8,
    31: np.uint8,
    33: np.uint32,
}


@dataclass(frozen=True)
class Operation:
    """One operation: `inputs` holds names of values and, for what is given in place, arrays."""

    kind: str
    name: str
    inputs: dict[str, Any]
    outputs: tuple[str, ...]
    half: bool  # its result is stored in half precision


@dataclass(frozen=True)
class ImageSizes:
    """The (height, width) that a package takes: a list of them, or a range for each side."""

    default: tuple[int, int]
    enumerated: tuple[tuple[int, int], ...] = ()
    ranges: tuple[tuple[int, int], tuple[int, int]] | None = None  # heights, widths

    def __contains__(self, size: tuple[int, int]) -> bool:
        if self.ranges is None:
            return size in (self.enumerated or (self.default,))
        limits = zip(size, self.ranges, strict=True)
        return all(low <= side <= (high if high > 0 else side) for side, (low, high) in limits)


@dataclass(frozen=True)
class Package:
    """A Core ML package with one image input and one image output."""

    input: str
    output: str
    sizes: ImageSizes
    operations: tuple[Operation, ...]
    constants: dict[str, Any] = field(repr=False)

    def operation_counts(self) -> dict[str, int]:
        return dict(Counter(operation.kind for operation in self.operations).most_common())


def read_package(path: Path) -> Package:
    """Reads an `.mlpackage`.

    Raises:
        UserError: not a package of one ML Program from image to image, or a damaged one.
    """
    from coremltools.proto import Model_pb2

    model = Model_pb2.Model()
    try:
        model.ParseFromString((Path(path) / MODEL).read_bytes())
        program = model.mlProgram.functions["main"]
        block = program.block_specializations[program.opset]
        folder = (Path(path) / MODEL).parent
        constants = {
            operation.outputs[0].name: _value(operation.attributes["val"], folder)
            for operation in block.operations
            if operation.type == "const"
        }
        operations = tuple(
            _operation(operation, folder)
            for operation in block.operations
            if operation.type != "const"
        )
        [image] = model.description.input
    except (OSError, ValueError, KeyError, struct.error, IndexError) as error:
        raise UserError(f"{path}: damaged or not a Core ML package ({error})") from error
    return Package(
        image.name, block.outputs[0], _sizes(image.type.imageType), operations, constants
    )


def read_blob(path: Path, offset: int) -> np.ndarray:
    """The array whose metadata stands at `offset` of a weight file, flat.

    Raises:
        ValueError: no array starts there, or its type is unknown.
    """
    with path.open("rb") as file:
        file.seek(offset)
        sentinel, kind, size, start = struct.unpack("<IIQQ", file.read(24))
        if sentinel != BLOB_SENTINEL or kind not in BLOB_TYPES:
            raise ValueError(f"no array at byte {offset} of {path.name}")
        file.seek(start)
        return np.frombuffer(file.read(size), BLOB_TYPES[kind])


def _operation(operation: Any, folder: Path) -> Operation:
    inputs = {key: _argument(value.arguments, folder) for key, value in operation.inputs.items()}
    # what is computed when the model is loaded has its operands there
    inputs |= {
        key: _value(value, folder) for key, value in operation.attributes.items() if key != "name"
    }
    name = _value(operation.attributes["name"], folder)
    outputs = tuple(output.name for output in operation.outputs)
    half = operation.outputs[0].type.tensorType.dataType == FLOAT16
    return Operation(operation.type, name, inputs, outputs, half)


def _argument(arguments: Any, folder: Path) -> Any:
    [argument] = arguments
    given = argument.WhichOneof("binding") == "value"
    return _value(argument.value, folder) if given else argument.name


def _value(value: Any, folder: Path) -> Any:
    """An array, or a plain value for a scalar or a string."""
    tensor_type = value.type.tensorType
    shape = tuple(dimension.constant.size for dimension in tensor_type.dimensions)
    if value.WhichOneof("value") == "blobFileValue":
        relative = value.blobFileValue.fileName.removeprefix("@model_path/")
        return read_blob(folder / relative, value.blobFileValue.offset).reshape(shape)
    tensor = value.immediateValue.tensor
    kind = tensor.WhichOneof("value")
    values = getattr(tensor, kind).values
    if kind == "bytes":
        values = np.frombuffer(values, DATA_TYPES[tensor_type.dataType])
    array = np.asarray(values).reshape(shape)
    return array if shape else array.item()


def _sizes(image: Any) -> ImageSizes:
    default = (image.height, image.width)
    enumerated = tuple((size.height, size.width) for size in image.enumeratedSizes.sizes)
    if image.WhichOneof("SizeFlexibility") != "imageSizeRange":
        return ImageSizes(default, enumerated)
    heights, widths = image.imageSizeRange.heightRange, image.imageSizeRange.widthRange
    return ImageSizes(
        default,
        ranges=((heights.lowerBound, heights.upperBound), (widths.lowerBound, widths.upperBound)),
    )
