"""A style for Python: pictures of any kind in, the same kind out."""

import sys
from collections.abc import Mapping
from functools import lru_cache, partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, overload

import numpy as np
from PIL import Image

from kunster.console.options import AUTO, QUALITY, STEADY
from kunster.data.animation import is_moving
from kunster.data.decode import MIN_SIDE, decode_photo, is_picture, pixels_of
from kunster.data.photos import SUFFIXES
from kunster.data.picture_file import opened
from kunster.errors import UserError
from kunster.files.local_path import local_path
from kunster.files.replacing import check_apart
from kunster.networks.mixing import fold, mixture_name, shares_by_name
from kunster.networks.stored import StoredNetwork
from kunster.pictures.images import with_alpha
from kunster.stylize.files import SIZES_KEPT
from kunster.stylize.jobs import stylize_moving_picture, stylize_video
from kunster.stylize.keywords import Options, Settings, settings_of
from kunster.stylize.photos import (
    alpha_of,
    check_suffix,
    stylize_picture,
    stylize_pixels,
)
from kunster.stylize.request import Request
from kunster.video.choose_engine import check_engine
from kunster.video.models import open_network
from kunster.video.steady import Steady
from kunster.video.tiled_engine import picture_engine

if TYPE_CHECKING:
    from torch import Tensor

    from kunster.networks.stylizer import Stylizer

FilePath = str | PathLike[str]
Picture = TypeVar("Picture", bound="Image.Image | np.ndarray | Tensor")
GIVEN = Path("the picture")  # of no file, in messages


class StyleTransfer:
    """A trained style; `kunster.load` makes one.

    An engine is compiled for each size of picture, when it is first met.

    Attributes:
        style: name of the painting.
        styles: names of a network of several, which `mix` chooses from; else the one.
        parameters: of the network.

    Raises:
        UserError: no such engine.
    """

    def __init__(
        self,
        network: StoredNetwork,
        style: str,
        engine: str = AUTO,
        styles: tuple[str, ...] = (),
    ) -> None:
        check_engine(engine)
        self.style, self.styles = style, styles or (style,)
        self.parameters = sum(array.size for array in network.arrays.values())
        self._network, self._engine = network, engine
        self._engine_for = lru_cache(SIZES_KEPT)(partial(picture_engine, network, choice=engine))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.style}, {self.parameters:,} parameters>"

    def mix(self, weights: Mapping[str, float]) -> "StyleTransfer":
        """One of the styles, or a mixture of them: `.mix({"scream": 0.7, "udnie": 0.3})`.

        Raises:
            UserError: the network has one style, or the weights are not possible.
        """
        if not self._network.shape.styles:
            raise UserError(f"a network of one style, {self.style}: there is nothing to mix")
        shares = shares_by_name(self.styles, weights)
        style = mixture_name(self.styles, shares)
        return StyleTransfer(fold(self._network, shares), style, self._engine)

    def _check_chosen(self) -> None:
        if self._network.shape.styles:
            raise UserError(f"{self.style}: which of {', '.join(self.styles)}? .mix({{…}}) says")

    @overload
    def __call__(self, picture: FilePath, **options: Unpack[Options]) -> Image.Image: ...

    @overload
    def __call__(self, picture: FilePath, out: FilePath, **options: Unpack[Options]) -> Path: ...

    @overload
    def __call__(self, picture: Picture, **options: Unpack[Options]) -> Picture: ...

    def __call__(
        self, picture: Any, out: FilePath | None = None, **options: Unpack[Options]
    ) -> Any:
        """The picture, painted; what comes in as one kind comes out as the same.

        Args:
            picture: a PIL image; an array, uint8 RGB (H, W, 3); a float tensor (3, H, W) or
                (B, 3, H, W), RGB in [0, 1], on any device; or a file.
            out: where a file's result is written, and what is returned then; without it a file
                gives a PIL image.

        Raises:
            UserError: no picture, too small, of another shape, or an option out of range.
        """
        self._check_chosen()
        return self._painted(picture, out, settings_of(**options))

    def _painted(self, picture: Any, out: FilePath | None, settings: Settings) -> Any:
        if isinstance(picture, str | PathLike):
            return self._file(local_path(picture), out, settings)
        if out is not None:
            raise UserError(f"out={out}: for files alone; save what is returned")
        if isinstance(picture, Image.Image):
            pixels = self._pixels(pixels_of(picture), settings)
            return _image(pixels, alpha_of(picture), settings)
        if isinstance(picture, np.ndarray):
            return self._pixels(_checked(picture), settings)
        torch = sys.modules.get("torch")  # whoever has a tensor has imported it
        if torch and isinstance(picture, torch.Tensor):
            return self._tensor(picture, settings)
        raise UserError(
            f"{type(picture).__name__}: give a PIL image, an array uint8 RGB (H, W, 3), a float "
            "tensor (3, H, W) or (B, 3, H, W) in [0, 1], or a file"
        )

    def video(
        self,
        source: FilePath,
        out: FilePath,
        *,
        quality: int = QUALITY,
        steady: float | Steady = STEADY,
        **options: Unpack[Options],
    ) -> Path:
        """Paints a video, with its sound, or a moving picture into another; returns the file.

        Args:
            quality: of H.264, 0 (largest file) to 51.
            steady: how still strokes hold, from 0 (each frame by itself) to 1; a `Steady` of
                one's own, to set its `amount` from another thread meanwhile.

        Raises:
            UserError: no video, a file that cannot be written, or an option out of range.
        """
        self._check_chosen()
        path, target = _apart(local_path(source), out)
        request = Request(
            network=self._network,
            style=self.style,
            engine=self._engine,
            holding=steady if isinstance(steady, Steady) else Steady(steady),
            quality=quality,
            overwrite=True,
            quiet=True,
            **settings_of(**options)._asdict(),
        )
        (stylize_moving_picture if is_moving(path) else stylize_video)(path, target, request)
        return target

    def _file(self, path: Path, out: FilePath | None, settings: Settings) -> Image.Image | Path:
        if not path.is_file():
            raise UserError(f"{path}: no such file")
        if path.suffix.lower() not in SUFFIXES and not is_picture(path):
            raise UserError(f"{path}: no picture; .video(IN, OUT) paints videos")
        if out is None:
            pixels = self._pixels(decode_photo(path), settings, path)
            with opened(path) as image:
                return _image(pixels, alpha_of(image), settings)
        _, target = _apart(path, out)
        check_suffix(target)
        stylize_picture(path, target, self._engine_for, *settings.of_picture())
        return target

    def _pixels(self, photo: np.ndarray, settings: Settings, name: Path = GIVEN) -> np.ndarray:
        return stylize_pixels(photo, name, self._engine_for, *settings.of_picture())

    def _tensor(self, frames: "Tensor", settings: Settings) -> "Tensor":
        import torch

        from kunster.pictures.images import as_bytes, as_image

        if not frames.is_floating_point() or frames.ndim not in (3, 4) or frames.shape[-3] != 3:
            raise UserError(
                f"a tensor {tuple(frames.shape)} {frames.dtype}: must be (3, H, W) or "
                "(B, 3, H, W), float, RGB in [0, 1]"
            )
        batch = frames if frames.ndim == 4 else frames[None]
        pictures = [self._pixels(_checked(as_bytes(each)), settings) for each in batch]
        painted = torch.cat([as_image(picture) for picture in pictures]).to(frames)
        return painted if frames.ndim == 4 else painted[0]


def load(model: "FilePath | Stylizer", *, engine: str = AUTO) -> StyleTransfer:
    """A trained style.

    Args:
        model: a style that ships, `scream`, `scream:8` (its id in Table II) or
            `scream:8:perceptual` (before stabilisation); a run folder; a .safetensors, .ckpt or
            .onnx file; or a network of torch.
        engine: openvino, onnxruntime, torch or coreml; by default torch on a CUDA card, else
            openvino, else onnxruntime.

    Raises:
        UserError: no such style or file, not a network of kunster, or no such engine.
    """
    if isinstance(model, str | PathLike):
        network, description = open_network(str(model))
        return StyleTransfer(network, description.style, engine, description.styles or ())
    stored = StoredNetwork.of(model)
    styles = tuple(map(str, range(stored.shape.styles)))  # a module has no names of them
    return StyleTransfer(stored, "of a network", engine, styles)


def _checked(pixels: np.ndarray) -> np.ndarray:
    """The pixels, if they are uint8 RGB and large enough."""
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise UserError(f"an array {pixels.shape} {pixels.dtype}: must be uint8 RGB (H, W, 3)")
    if min(pixels.shape[:2]) < MIN_SIDE:
        height, width = pixels.shape[:2]
        raise UserError(f"a picture of {width}x{height}: sides start at {MIN_SIDE}")
    return pixels


def _image(pixels: np.ndarray, alpha: np.ndarray | None, settings: Settings) -> Image.Image:
    whole = pixels if alpha is None or settings.look.preview else with_alpha(pixels, alpha)
    return Image.fromarray(whole)


def _apart(path: Path, out: FilePath) -> tuple[Path, Path]:
    """Both paths; refuses to write a file over itself."""
    target = local_path(out)
    check_apart(path, target)
    return path, target
