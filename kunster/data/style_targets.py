"""Style targets of a painting in one small file: Gram matrices, colour statistics, swatch."""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save
from torch import Tensor

from kunster.errors import UserError
from kunster.files.replacing import replacing
from kunster.files.tensor_file import read_tensors
from kunster.losses.features import PerceptualNetwork
from kunster.pictures.images import as_bytes

logger = logging.getLogger(__name__)

FORMAT = "kunster-style-1"
SUFFIX = ".safetensors"
STYLES = Path(__file__).parents[1] / "assets" / "styles"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # used for folders and files
PATTERNS = {
    "name": NAME,
    "year": re.compile(r"-?\d{1,5}|"),  # empty if unknown
    "picture_sha256": re.compile(r"[0-9a-f]{64}"),
    "picture_size": re.compile(r"\d+x\d+"),  # width x height, pixels
    "perceptual_sha256": re.compile(r"[0-9a-f]{64}"),
}
TEXTS = ("title", "painter", "source", "licence", "perceptual", "version")
JPEG_QUALITY = 88
PLAIN = 64  # pixels, side of the plain swatch of a file without one


@dataclass(frozen=True)
class StyleTargets:
    """Gram matrices of a painting at several texture scales, with their provenance.

    Attributes:
        metadata: name, title, painter, year, source, licence; picture_sha256, picture_size
            (width x height, pixels); perceptual and perceptual_sha256, name and checksum of the
            perceptual network; version of kunster.
        layers: style layers of that network, in its order.
        grams: for each texture scale (the painting's shorter side, pixels) a symmetric matrix
            (K, K) for each layer.
        colours: second moments (4, 4) of (1, R, G, B), from `losses.texture.colour_gram`.
        jpeg: swatch from `encode_swatch`; may be empty.

    Raises:
        UserError: a value is missing or invalid.
    """

    metadata: Mapping[str, str]
    layers: Sequence[str]
    grams: Mapping[int, Sequence[Tensor]]
    colours: Tensor
    jpeg: bytes = b""

    def __post_init__(self) -> None:
        _check_metadata(self.metadata)
        if not self.grams:
            raise UserError("no Gram matrices")
        for scale, matrices in self.grams.items():
            for layer, matrix in zip(self.layers, matrices, strict=True):
                if not (torch.isfinite(matrix).all() and matrix.abs().max() > 0):
                    raise UserError(
                        f"the Gram matrix of {layer} at scale {scale} is 0 or not finite"
                    )

    @property
    def scales(self) -> list[int]:
        """Texture scales, ascending."""
        return sorted(self.grams)

    def targets(self, scale: int, perceptual: PerceptualNetwork) -> list[Tensor]:
        """Gram matrices (K, K), float32, for the style layers of `perceptual`.

        Between the scales of the file the nearest one is used, with a warning.

        Raises:
            UserError: the scale is outside those of the file, or the perceptual network differs.
        """
        self._require_same(perceptual.source)
        there = ", ".join(map(str, self.scales))
        if not self.scales[0] <= scale <= self.scales[-1]:
            raise UserError(
                f"texture scale {scale}: the targets of {self.metadata['name']} have {there}; "
                "any other takes the picture itself"
            )
        nearest = min(self.scales, key=lambda known: abs(known - scale))
        if nearest != scale:
            name = self.metadata["name"]
            logger.warning("%s: texture scale %d for %d; there are %s", name, nearest, scale, there)
        return [matrix.clone() for matrix in self.grams[nearest]]

    def swatch(self) -> Tensor:
        """Picture for display (3, H, W), RGB in [0, 1]; the mean colour if there is none.

        Raises:
            UserError: the swatch is damaged.
        """
        if not self.jpeg:
            return self.colours[0, 1:, None, None].clamp(0, 1).expand(3, PLAIN, PLAIN).clone()
        try:
            pixels = np.array(Image.open(BytesIO(self.jpeg)).convert("RGB"))
        except Exception as error:  # decoders raise many kinds
            raise UserError(f"{self.metadata['name']}: its swatch is damaged") from error
        return torch.from_numpy(pixels).permute(2, 0, 1).float() / 255

    def save(self, path: Path) -> None:
        """Writes the file atomically.

        Gram matrices are stored as upper triangles in half precision, relative to their largest
        entry: an error of about 2^-11 (0.05 %) of the matrix's norm.

        Raises:
            UserError: the file cannot be written.
        """
        tensors = {"colours": self.colours.float().contiguous()}
        if self.jpeg:
            tensors["swatch"] = torch.frombuffer(bytearray(self.jpeg), dtype=torch.uint8)
        for scale, matrices in self.grams.items():
            tensors[f"peaks.{scale}"] = torch.stack([m.abs().max().float() for m in matrices])
            for layer, matrix in zip(self.layers, matrices, strict=True):
                tensors[f"grams.{scale}.{layer}"] = _packed(matrix)
        metadata = {**self.metadata, "format": FORMAT, "layers": json.dumps(list(self.layers))}
        with replacing(Path(path)) as part:
            part.write_bytes(save(tensors, metadata=metadata))

    @classmethod
    def load(cls, path: Path) -> "StyleTargets":
        """Reads a file written by `save`.

        Raises:
            UserError: the file is missing, damaged or of another kind.
        """
        if not path.is_file():
            raise UserError(
                f"{path}: no such file; `python -m kunster.styles.targets` makes one of a picture"
            )
        tensors, metadata = read_tensors(path)
        if metadata.pop("format", None) != FORMAT:
            raise UserError(
                f"{path}: not a file of style targets from `python -m kunster.styles.targets`"
            )
        try:
            return cls._from_file(metadata, tensors)
        except UserError as error:
            raise UserError(f"{path}: {error}") from error
        except (KeyError, ValueError, TypeError, IndexError, RuntimeError) as error:
            raise UserError(f"{path}: incomplete or damaged ({error})") from error

    @classmethod
    def _from_file(
        cls, metadata: Mapping[str, str], tensors: Mapping[str, Tensor]
    ) -> "StyleTargets":
        layers = json.loads(metadata["layers"])
        described = {name: text for name, text in metadata.items() if name != "layers"}
        scales = [int(name.split(".")[1]) for name in tensors if name.startswith("peaks.")]
        grams = {
            scale: [
                peak * _unpacked(tensors[f"grams.{scale}.{layer}"])
                for layer, peak in zip(layers, tensors[f"peaks.{scale}"], strict=True)
            ]
            for scale in sorted(scales)
        }
        jpeg = tensors["swatch"].numpy().tobytes() if "swatch" in tensors else b""
        return cls(described, layers, grams, tensors["colours"].reshape(4, 4).float(), jpeg)

    def _require_same(self, network: Mapping[str, str]) -> None:
        ours = self.metadata["perceptual_sha256"]
        if network["sha256"] != ours:
            name, made_with = self.metadata["name"], self.metadata["perceptual"]
            raise UserError(
                f"{name}: made with {made_with} {ours[:6]}…, this is {network['name']} "
                f"{network['sha256'][:6]}…: make it again with "
                f"python -m kunster.styles.targets <picture> --name {name}"
            )


def shipped_targets(name: str) -> StyleTargets:
    """Targets of a style that ships with the package.

    Raises:
        UserError: there is no such style.
    """
    path = STYLES / f"{name}{SUFFIX}"
    if not (NAME.fullmatch(name) and path.is_file()):
        known = ", ".join(sorted(file.stem for file in STYLES.glob(f"*{SUFFIX}"))) or "none"
        raise UserError(
            f"style={name}: shipped are {known}; for another give style.image=…, or "
            "style.targets=… from `python -m kunster.styles.targets`"
        )
    return StyleTargets.load(path)


def encode_swatch(picture: Tensor) -> bytes:
    """JPEG of a picture (3, H, W), RGB in [0, 1]."""
    encoded = BytesIO()
    # subsampled chroma would bleed at the edges of strokes
    Image.fromarray(as_bytes(picture)).save(
        encoded, "JPEG", quality=JPEG_QUALITY, subsampling=0, optimize=True
    )
    return encoded.getvalue()


def _check_metadata(metadata: Mapping[str, str]) -> None:
    for name, pattern in PATTERNS.items():
        if not pattern.fullmatch(str(metadata.get(name))):
            raise UserError(f"{name}={metadata.get(name)}: must match {pattern.pattern}")
    for name in TEXTS:
        text = metadata.get(name)
        if not (text and text.isprintable()):
            raise UserError(f"{name}={text!r}: must be a line of text")


def _packed(matrix: Tensor) -> Tensor:
    rows, columns = torch.triu_indices(*matrix.shape)
    return (matrix[rows, columns] / matrix.abs().max()).half()


def _unpacked(triangle: Tensor) -> Tensor:
    size = int((2 * len(triangle)) ** 0.5)  # K(K + 1) / 2 entries
    rows, columns = torch.triu_indices(size, size)
    matrix = torch.empty(size, size)
    matrix[rows, columns] = triangle.float()
    matrix[columns, rows] = triangle.float()
    return matrix
