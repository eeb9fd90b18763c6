"""Colours of pictures with an ICC profile, in sRGB, in which networks and screens think."""

from functools import lru_cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

SAME = 2  # of 255; profiles that differ less from sRGB are sRGB by another hand
# colour space of a profile (ICC.1, table 19) by mode of the picture
SPACES = {"1": "GRAY", "L": "GRAY", "RGB": "RGB ", "CMYK": "CMYK", "LAB": "Lab "}


class WideColours:
    """An RGB profile that is not sRGB, such as Display P3, Adobe RGB or ProPhoto."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._profile = ImageCms.ImageCmsProfile(BytesIO(content))

    def to_srgb(self, pixels: np.ndarray) -> np.ndarray:
        """Converts uint8 RGB (H, W, 3) of this profile; what sRGB has not is clipped."""
        return _converted(pixels, self._profile, _srgb())

    def from_srgb(self, pixels: np.ndarray) -> np.ndarray:
        """Converts uint8 RGB (H, W, 3) to this profile."""
        return _converted(pixels, _srgb(), self._profile)


def wide_colours(image: Image.Image) -> WideColours | None:
    """The profile of a picture of RGB, with or without alpha, if it is another than sRGB."""
    content = image.info.get("icc_profile")
    if image.mode not in ("RGB", "RGBA") or not content:
        return None
    try:
        colours = WideColours(content)
        levels = np.linspace(0, 255, 6).astype(np.uint8)
        cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
        changed = np.abs(colours.to_srgb(cube).astype(int) - cube).max()
    except (ImageCms.PyCMSError, OSError):  # broken, or of another space
        return None
    return colours if changed > SAME else None


def in_srgb(image: Image.Image) -> Image.Image:
    """A picture without alpha as RGB in sRGB, by its profile if it has a usable one."""
    content = image.info.get("icc_profile")
    if image.mode == "RGB" and wide_colours(image) is None:
        return image
    try:
        if content:
            profile = ImageCms.ImageCmsProfile(BytesIO(content))
        elif image.mode == "LAB":
            profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        else:
            return image.convert("RGB")
        if profile.profile.xcolor_space != SPACES.get(image.mode):
            return image.convert("RGB")
        if image.mode == "1":
            image = image.convert("L")
        return _transformed(image, profile, _srgb())
    except (ImageCms.PyCMSError, OSError):  # a broken profile; colours are as without it
        return image.convert("RGB")


@lru_cache(1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _converted(
    pixels: np.ndarray, source: ImageCms.ImageCmsProfile, target: ImageCms.ImageCmsProfile
) -> np.ndarray:
    return np.array(_transformed(Image.fromarray(pixels), source, target))


def _transformed(
    image: Image.Image, source: ImageCms.ImageCmsProfile, target: ImageCms.ImageCmsProfile
) -> Image.Image:
    done = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    assert done is not None  # only a conversion in place gives none
    return done
