"""A Core ML package read by coremltools: operations, constants and image sizes."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kunster.errors import UserError


@dataclass(frozen=True)
class Operation:
    """One operation of an ML Program.

    Attributes:
        inputs: names of computed values; constants stand here as arrays, numbers or text.
        half: the result is stored in half precision.
    """

    kind: str
    name: str
    inputs: dict[str, Any]
    outputs: tuple[str, ...]
    half: bool


@dataclass(frozen=True)
class ImageSizes:
    """The (height, width) that a package accepts: a list of them, or a range for each side."""

    default: tuple[int, int]
    enumerated: tuple[tuple[int, int], ...] = ()
    ranges: tuple[tuple[int, int], tuple[int, int]] | None = None  # heights, widths

    def __contains__(self, size: tuple[int, int]) -> bool:
        if self.ranges is None:
            return size in (self.enumerated or (self.default,))
        limits = zip(size, self.ranges, strict=True)
        return all(low <= side <= high for side, (low, high) in limits)


@dataclass(frozen=True)
class Package:
    """A Core ML package from an image to an image.

    Attributes:
        others: names of further inputs, arrays.
    """

    input: str
    output: str
    sizes: ImageSizes
    operations: tuple[Operation, ...]
    others: tuple[str, ...] = ()

    def operation_counts(self) -> dict[str, int]:
        return dict(Counter(operation.kind for operation in self.operations).most_common())


def read_package(path: Path) -> Package:
    """Reads an `.mlpackage`.

    Raises:
        UserError: not a package of one ML Program from image to image, or a damaged one.
    """
    from coremltools.converters.mil.frontend.milproto.load import load
    from coremltools.models import MLModel

    try:
        model = MLModel(str(path), skip_model_load=True)
        spec = model.get_spec()
        program = load(spec, spec.specificationVersion, model.weights_dir).functions["main"]
        [image, *others], [output] = spec.description.input, program.outputs
        operations = tuple(_operation(each) for each in program.operations)
    except Exception as error:  # coremltools raises whatever the damaged bytes lead to
        reason = str(error).partition("\n")[0]
        raise UserError(f"{path}: damaged or not a Core ML package ({reason})") from error
    computed = tuple(operation for operation in operations if operation.kind != "const")
    names = tuple(other.name for other in others)
    return Package(image.name, output.name, _sizes(image.type.imageType), computed, names)


def _operation(operation: Any) -> Operation:
    from coremltools.converters.mil.mil import types

    return Operation(
        operation.op_type,
        operation.name,
        {name: _input(value) for name, value in operation.inputs.items()},
        tuple(output.name for output in operation.outputs),
        operation.outputs[0].dtype == types.fp16,
    )


def _input(value: Any) -> Any:
    """The value of a constant, the name of what is computed."""
    if value.op is None or value.op.op_type != "const":
        return value.name
    constant = value.val
    is_scalar = hasattr(constant, "item") and not constant.shape
    return constant.item() if is_scalar else constant


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
