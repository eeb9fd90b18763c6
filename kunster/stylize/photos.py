"""Stylizes photo files, saved in the format of the suffix."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from kunster.data.colour_profiles import WideColours
from kunster.data.decode import MAX_PIXELS, UnusablePhoto, decode_in_own_colours, upright
from kunster.data.picture_file import opened
from kunster.errors import UserError
from kunster.files.replacing import replacing
from kunster.pictures.enlarging import enlarged
from kunster.pictures.images import check_sides, with_alpha
from kunster.stylize.picture_tags import tags_of
from kunster.video.looks import Look
from kunster.video.sizes import PHOTO_SIDE, NetworkSize, Texture
from kunster.video.source import Size, scaled

FORMATS: Mapping[str, dict[str, Any]] = {  # by suffix, how Pillow saves it
    ".png": {},
    ".jpg": {"quality": 95, "subsampling": 0},
    ".jpeg": {"quality": 95, "subsampling": 0},
    ".webp": {"quality": 95},
    ".tif": {"compression": "tiff_lzw"},
    ".tiff": {"compression": "tiff_lzw"},
    ".bmp": {},
    ".gif": {},
    ".apng": {},
}
WITH_ALPHA = (".png", ".webp", ".tif", ".tiff", ".gif", ".apng")
WITH_PROFILE = (*WITH_ALPHA, ".jpg", ".jpeg")
AS_TRAINED = Texture()

logger = logging.getLogger(__name__)

# an engine, or a function like it, for (height, width)
PainterFor = Callable[[Size], Callable[[np.ndarray], np.ndarray]]


def stylize_picture(
    source: Path,
    target: Path,
    painter_for: PainterFor,
    look: Look,
    size: NetworkSize | None,
    full_size: bool = False,
    texture: Texture = AS_TRAINED,
    strip: bool = False,
) -> None:
    """Stylizes one photo, turned upright.

    Transparency is kept if the format has it, on white otherwise and for the network. The colour
    profile of an RGB photo is kept if the format has room for it; other colours become sRGB. Dates,
    place and camera (EXIF) and the resolution in dpi are kept.

    Args:
        target: with a suffix of `FORMATS`.
        size: of the output, unless `full_size`. None paints a larger photo at `PHOTO_SIDE`, and
            enlarges the painting to its size.
        full_size: enlarge the output to the photo's own size.
        texture: size of the strokes, by scaling the network's input.
        strip: leave out EXIF and dpi.

    Raises:
        UserError: the photo cannot be used, the format has no sides as long as these (nothing is
            painted then), or the file cannot be written.
    """
    _warn_of_more_frames(source)
    photo, colours = decode_in_own_colours(source)
    if colours and target.suffix.lower() not in WITH_PROFILE:
        photo, colours = colours.to_srgb(photo), None
    seen, shown = _sizes(photo, source, size, full_size, texture)
    with _named(source):
        check_sides((shown[0], shown[1] * (1 + look.preview)), target)
    picture = _painted(photo, painter_for, look, seen, shown, colours)
    alpha, profile = _alpha_and_profile(source)
    if alpha is not None and target.suffix.lower() in WITH_ALPHA and not look.preview:
        picture = with_alpha(picture, alpha)
    options = {**FORMATS[target.suffix.lower()], **({} if strip else tags_of(source, target))}
    with replacing(target) as part:
        Image.fromarray(picture).save(part, icc_profile=profile, **options)


def stylize_pixels(
    photo: np.ndarray,
    source: Path,
    painter_for: PainterFor,
    look: Look,
    size: NetworkSize | None,
    full_size: bool = False,
    texture: Texture = AS_TRAINED,
    colours: WideColours | None = None,
) -> np.ndarray:
    """Stylizes pixels, uint8 RGB (H, W, 3), to the same; see `stylize_picture`.

    Args:
        source: their name in messages.
        colours: of the pixels, if they are not sRGB, which the network sees and paints.
    """
    seen, shown = _sizes(photo, source, size, full_size, texture)
    return _painted(photo, painter_for, look, seen, shown, colours)


def _sizes(
    photo: np.ndarray, source: Path, size: NetworkSize | None, full_size: bool, texture: Texture
) -> tuple[Size, Size]:
    """(height, width) at which the network sees a photo, and of the stylized one."""
    own = photo.shape[0], photo.shape[1]
    stylized_at = _limited(source, (size or NetworkSize(PHOTO_SIDE)).of(own))
    with _named(source):
        seen = texture.seen(stylized_at)
    return _limited(source, seen), own if full_size or size is None else stylized_at


def _painted(
    photo: np.ndarray,
    painter_for: PainterFor,
    look: Look,
    seen: Size,
    shown: Size,
    colours: WideColours | None,
) -> np.ndarray:
    picture = scaled(photo, seen)
    painted = painter_for(seen)(colours.to_srgb(picture) if colours else picture)
    in_own_colours = colours.from_srgb(painted) if colours else painted
    whole = scaled(photo, shown)
    return look(whole, _brought_to(whole, in_own_colours))


def _brought_to(photo: np.ndarray, painted: np.ndarray) -> np.ndarray:
    """A painting at the size of its photo."""
    larger = photo.shape[0] > painted.shape[0] and photo.shape[1] > painted.shape[1]
    return enlarged(painted, photo) if larger else scaled(painted, photo.shape[:2])


def alpha_of(image: Image.Image) -> np.ndarray | None:
    """Alpha channel of a picture turned upright, uint8 (H, W); None without one."""
    if not image.has_transparency_data:
        return None
    return np.array(upright(image).convert("RGBA"))[..., 3]


def check_suffix(path: Path) -> None:
    """Validates the suffix of a picture."""
    if path.suffix.lower() not in FORMATS:
        raise UserError(f"{path}: pictures are written as {', '.join(FORMATS)}")


@contextmanager
def _named(source: Path) -> Iterator[None]:
    """Lets an error name the photo, as others of a folder may have sides that are possible."""
    try:
        yield
    except UserError as error:
        raise UnusablePhoto(source, str(error)) from error


def _limited(source: Path, size: Size) -> Size:
    pixels = size[0] * size[1]
    if pixels <= MAX_PIXELS:
        return size
    scale = (MAX_PIXELS / pixels) ** 0.5
    height, width = (int(side * scale) for side in size)
    logger.warning(
        "%s: stylized at %dx%d instead of %dx%d, %g megapixels are the most",
        *(source, width, height, size[1], size[0], MAX_PIXELS / 1e6),
    )
    return height, width


def _warn_of_more_frames(source: Path) -> None:
    with suppress(Exception), opened(source) as image:
        count = getattr(image, "n_frames", 1)
        if count > 1 and image.format != "MPO":  # a phone's, whose second picture is a preview
            logger.warning(
                "%s: only the first of its %d pictures; .gif, .apng, .webp and videos hold all "
                "that move",
                *(source, count),
            )


def _alpha_and_profile(source: Path) -> tuple[np.ndarray | None, bytes | None]:
    """Alpha channel, uint8 (H, W), and colour profile, where the picture has them."""
    with opened(source) as image:
        profile = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA") else None
        return alpha_of(image), profile
