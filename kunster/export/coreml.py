"""The network as a Core ML package: image in, image out, in half precision."""

import io
import logging
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kunster.errors import UserError
from kunster.export.onnx_file import INPUT, OUTPUT, WEIGHTS
from kunster.export.parity import Image, Stylize
from kunster.files.replacing import replacing
from kunster.networks.description import Description
from kunster.networks.layers import StyledNorm
from kunster.networks.model_file import plain_copy
from kunster.networks.shapes import STRIDE
from kunster.networks.stylizer import Stylizer
from kunster.networks.value_range import ValueRange, folded

if TYPE_CHECKING:
    from coremltools.models import MLModel

Sizes = Literal["enumerated", "ranged", "fixed"]
Weights = Literal["fp16", "int8", "palette"]
DEFAULT_SIZE = (320, 480)  # (height, width): the larger input of Table II
COMMON_SIZES = (  # (height, width): Table II, VGA, nHD, 720p and 1080p both ways up; squares
    *((320, 480), (480, 320), (240, 320), (320, 240), (480, 640), (640, 480)),
    *((360, 640), (640, 360), (720, 1280), (1280, 720), (1080, 1920), (1920, 1080)),
    *((256, 256), (512, 512)),
)
IN_256THS = ValueRange((256 / 255, 256 / 255, 256 / 255), (0, 0, 0))
OLDEST_SYSTEM = "iOS15"  # the last of the paper's iPhone 6s
COMPRESSED_SYSTEM = "iOS16"  # the first that reads compressed weights
PALETTE = 64  # values for each kernel: 6 bits a weight
SMALLEST_KERNEL = 128  # elements; smaller kernels are not compressed
SMALLEST, LARGEST = 64, 1920  # either side of a size, pixels
STATISTICS = {"reduce_mean", "rsqrt"}  # operations of FRN beside plain arithmetic


def export_coreml(
    network: nn.Module,
    description: Description,
    path: Path,
    sizes: Sizes = "enumerated",
    default: tuple[int, int] = DEFAULT_SIZE,
    weights: Weights = "fp16",
    credits: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Writes the network as an `.mlpackage` (ML Program) that computes in half precision.

    Input `image` and output `stylized` are RGB images, 0 to 255, clamped; the scaling is inside, so
    that half precision sees values below 1 up to the last operation. A network of S styles takes
    `style_weights` as well, a MultiArray (1, S), from 0 up, of which the proportions count.

    Args:
        sizes: `enumerated` takes the common sizes, `ranged` any multiples of 4 from 64 to 1920,
            `fixed` the default size alone.
        default: (height, width) in pixels, multiples of 4.
        weights: stored kernels: `fp16` (iOS 15), or, for iOS 16, `int8` with a scale for each
            output channel, or `palette`, indices into 64 values for each kernel.
        credits: further metadata.

    Raises:
        UserError: the network is not the one described, a size or `weights` is not allowed, or the
            package cannot be written.
    """
    if weights not in get_args(Weights):
        raise UserError(f"weights={weights}: must be one of {', '.join(get_args(Weights))}")
    system = OLDEST_SYSTEM if weights == "fp16" else COMPRESSED_SYSTEM
    model = convert(plain_copy(network, description), sizes, default, system)
    with quiet(), replacing(Path(path)) as part:
        model = _compressed(model, weights)
        _describe(model, description)
        model.user_defined_metadata.update(credits)
        model.save(str(part))


def convert(
    network: Stylizer,
    sizes: Sizes,
    default: tuple[int, int],
    system: str = OLDEST_SYSTEM,
) -> "MLModel":
    """The network as a coremltools model in half precision, without a description.

    Args:
        system: the oldest iOS to run it.

    Raises:
        UserError: a size is not allowed.
    """
    if sizes not in get_args(Sizes):
        raise UserError(f"sizes={sizes}: must be one of {', '.join(get_args(Sizes))}")
    check_size(default)
    with quiet():
        import coremltools as ct

        # traced small: nothing in the graph depends on the size
        count = network.shape.styles
        samples = (torch.zeros(1, 3, 64, 64), *([torch.ones(1, count)] if count else []))
        traced = torch.jit.trace(  # type: ignore[no-untyped-call]
            ImageToImage(network).eval(), samples, check_trace=False
        )
        layout = ct.colorlayout.RGB
        weights = [ct.TensorType(WEIGHTS, (1, count), np.float32)] if count else []
        image = ct.ImageType(INPUT, _shape(sizes, default), scale=1 / 256, color_layout=layout)
        return ct.convert(
            traced,
            convert_to="mlprogram",
            inputs=[image, *weights],
            outputs=[ct.ImageType(OUTPUT, color_layout=layout)],
            compute_precision=ct.transform.FP16ComputePrecision(op_selector=_fits_half_precision),
            minimum_deployment_target=getattr(ct.target, system),
            skip_model_load=True,
        )


def check_size(size: tuple[int, int]) -> None:
    if any(side % STRIDE or not SMALLEST <= side <= LARGEST for side in size):
        height, width = size
        raise UserError(f"size={width}x{height}: both sides must be multiples of 4 from 64 to 1920")


class ImageToImage(nn.Module):
    """Frames (1, 3, H, W) in 256ths of bytes to an image (1, 3, H, W), clamped, 0 to 255.

    A byte over 256 is exact in half precision, over 255 it is not, and instance norm makes much of
    what is lost where a picture is nearly flat. On one pale photo the largest error fell from
    6/255 to 1.3/255, the mean from 0.12 to 0.04.
    """

    def __init__(self, network: Stylizer) -> None:
        super().__init__()
        self.network = _with_plain_norms(folded(network, IN_256THS))
        # what ends in tanh gives [0, 1] whatever goes in
        self.highest = 1.0 if network.tanh else 255 / 256

    def forward(self, frames: Tensor, weights: Tensor | None = None) -> Tensor:
        if weights is not None:
            self.network.mix(weights / weights.sum(dim=1, keepdim=True))
        stylized: Tensor = self.network(frames).clamp(0, self.highest)
        return stylized * (255 / self.highest)


class _PlainNorm(StyledNorm):
    """The same in operations of which Core ML takes computed scales and shifts."""

    def forward(self, features: Tensor) -> Tensor:
        assert self.shares is not None
        scale, shift = ((self.shares @ each)[..., None, None] for each in (self.weight, self.bias))
        return F.instance_norm(features, eps=self.eps) * scale + shift


def _with_plain_norms(network: Stylizer) -> Stylizer:
    """The network, its norms of several styles changed in place."""
    for module in network.modules():
        if isinstance(module, StyledNorm):
            module.__class__ = _PlainNorm
    return network


def _shape(sizes: Sizes, default: tuple[int, int]) -> Any:
    import coremltools as ct

    shape = (1, 3, *default)
    if sizes == "fixed":
        return shape
    if sizes == "ranged":
        height, width = (ct.RangeDim(SMALLEST, LARGEST, default=side) for side in default)
        return ct.Shape((1, 3, height, width))
    others = [(1, 3, *size) for size in COMMON_SIZES if size != default]
    return ct.EnumeratedShapes([shape, *others], default=shape)


def _fits_half_precision(operation: Any) -> bool:
    """False for the statistics of FRN.

    A square leaves half precision above 256, and below 0.008 phones flush it to zero, so that the
    root divides by nothing.
    """
    consumers = {child.op_type for output in operation.outputs for child in output.child_ops}
    return not STATISTICS & {operation.op_type, *consumers}


def _describe(model: "MLModel", description: Description) -> None:
    model.author = "kunster"
    model.version = description.version
    model.license = "MIT"
    model.short_description = (
        f"Turns a picture or a video frame into the style {description.style}."
    )
    model.input_description[INPUT] = "RGB image; both sides multiples of 4 pixels."
    if description.styles:
        model.input_description[WEIGHTS] = (
            f"Weights from 0 up, whose proportions count, of {', '.join(description.styles)}."
        )
    model.output_description[OUTPUT] = "The stylised RGB image, of the size of the input."
    model.user_defined_metadata.update(description.to_metadata())


def _compressed(model: "MLModel", weights: Weights) -> "MLModel":
    import coremltools.optimize.coreml as cto

    if weights == "int8":
        symmetric = cto.OpLinearQuantizerConfig(
            mode="linear_symmetric", weight_threshold=SMALLEST_KERNEL
        )
        return cto.linear_quantize_weights(model, cto.OptimizationConfig(global_config=symmetric))
    if weights == "palette":
        # coremltools' own k-means needs scikit-learn
        custom = cto.OpPalettizerConfig(
            mode="custom", lut_function=palette, weight_threshold=SMALLEST_KERNEL
        )
        return cto.palettize_weights(model, cto.OptimizationConfig(global_config=custom))
    return model


def palette(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`PALETTE` values by k-means, and for each weight the index of the nearest."""
    from scipy.cluster.vq import kmeans2

    values = weights.reshape(-1, 1).astype(np.float32)
    start = np.quantile(values, (np.arange(PALETTE) + 0.5) / PALETTE)[:, None]
    centres, indices = kmeans2(values, start, minit="matrix", missing="warn")
    return centres[:, 0].astype(weights.dtype), indices.astype(np.uint8)


def predictor(path: Path) -> Stylize | None:
    """A package as a function of pictures, run by Core ML itself; None except on macOS.

    Untested: written from coremltools' documentation. The parity checks rest on `mil_reference`.
    """
    if sys.platform != "darwin":
        return None
    from coremltools.models import MLModel
    from PIL import Image as Picture

    model = MLModel(str(path))

    def stylize(image: Image) -> np.ndarray:
        stylized = model.predict({INPUT: Picture.fromarray(image)})[OUTPUT]
        return np.asarray(stylized.convert("RGB"), np.float32)

    return stylize


@contextmanager
def quiet() -> Iterator[None]:
    """Suppresses coremltools' progress bars and its warnings about the version of torch."""
    logger = logging.getLogger("coremltools")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with (
            warnings.catch_warnings(),
            redirect_stderr(io.StringIO()),
            redirect_stdout(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
