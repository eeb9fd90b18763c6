"""Materials of synthetic scenes: installed photographs, noise, colours, surfaces, shapes."""

import math
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator

from kunster.data.decode import decode_photo
from kunster.pictures.images import LUMINANCE

# Photographs inside the wheels of two dependencies, read from there. By skimage.data's docstrings
# they are CC0, public domain or without known restrictions; no terms are stated for motorcycle_left
# (Middlebury 2014), moon and matplotlib's grace_hopper.
SKIMAGE, MATPLOTLIB = ("skimage", "data"), ("matplotlib", "mpl-data", "sample_data")
IN_COLOUR = (
    (*SKIMAGE, "astronaut.png"),
    (*SKIMAGE, "chelsea.png"),
    (*SKIMAGE, "coffee.png"),
    (*SKIMAGE, "motorcycle_left.png"),
    (*SKIMAGE, "rocket.jpg"),
    (*MATPLOTLIB, "grace_hopper.jpg"),
)
IN_GREY = (
    (*SKIMAGE, "brick.png"),
    (*SKIMAGE, "camera.png"),
    (*SKIMAGE, "coins.png"),
    (*SKIMAGE, "grass.png"),
    (*SKIMAGE, "gravel.png"),
    (*SKIMAGE, "moon.png"),
)
WORKING_SIDE = 400  # pixels; short side of the photographs that scenes are cut from


def photographs() -> list[Path]:
    """Files of the installed photographs."""
    return [path for place in (*IN_COLOUR, *IN_GREY) if (path := _installed(*place)).exists()]


def _installed(package: str, *parts: str) -> Path:
    spec = find_spec(package)  # does not import the package
    folder = Path(spec.origin).parent if spec and spec.origin else Path(package)
    return folder.joinpath(*parts)


@cache
def _pool(places: tuple[tuple[str, ...], ...]) -> list[np.ndarray]:
    paths = (_installed(*place) for place in places)
    return [decode_photo(path, WORKING_SIDE) for path in paths if path.exists()]


def noise(random: Generator, height: int, width: int, slope: float) -> np.ndarray:
    """Noise (H, W) with amplitude 1/f^slope, mean 0, deviation 1."""
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    frequency = np.sqrt(rows**2 + columns**2).astype(np.float32)
    frequency[0, 0] = np.inf
    parts = random.standard_normal((2, *frequency.shape), np.float32)
    field = np.fft.irfft2((parts[0] + 1j * parts[1]) / frequency**slope, (height, width))
    unit: np.ndarray = field / field.std()
    return unit.astype(np.float32, copy=False)


def colour(random: Generator) -> np.ndarray:
    """A random natural colour (3,) in [0, 255]: mostly dull, earthen, green or blue."""
    if random.random() < 0.85:
        hue = random.normal(32, 16) if random.random() < 0.7 else random.normal(208, 16)
    else:
        hue = random.uniform(0, 360)
    saturation = random.beta(1.1, 3) if random.random() < 0.9 else random.uniform(0.6, 1)
    value = random.beta(1.5, 1.5)
    hsv = np.array([[[hue % 360, saturation, value]]], np.float32)
    rgb: np.ndarray = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0] * 255
    return rgb


def _shade(random: Generator, deviation: float) -> np.ndarray:
    return random.normal(0, deviation, 3).astype(np.float32)


def gradient(random: Generator, height: int, width: int) -> np.ndarray:
    """A ramp (H, W) from 0 to 1 in a random direction."""
    angle = random.uniform(0, 2 * np.pi)
    rows = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None] * math.sin(angle)
    columns = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None] * math.cos(angle)
    ramp = rows + columns
    unit: np.ndarray = (ramp - ramp.min()) / np.ptp(ramp)
    return unit


def mix(first: np.ndarray, second: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """`first` where the weight (H, W) is 0, `second` where it is 1; colours or pictures."""
    mixed: np.ndarray = first + (second - first) * weight[..., None]
    return mixed


def blurred(picture: np.ndarray, sigma: float) -> np.ndarray:
    """A picture or mask blurred by a Gaussian of `sigma` pixels."""
    return cv2.GaussianBlur(picture, (0, 0), sigma)


def piece(random: Generator, photo: np.ndarray, height: int, width: int) -> np.ndarray:
    """Random crop of a photo, randomly mirrored, float32 (H, W, 3) in [0, 255]."""
    zoom = random.uniform(0.5, 1) * min(photo.shape[0] / height, photo.shape[1] / width)
    rows, columns = max(8, int(height * zoom)), max(8, int(width * zoom))
    top = random.integers(photo.shape[0] - rows + 1)
    left = random.integers(photo.shape[1] - columns + 1)
    part = photo[top : top + rows, left : left + columns].astype(np.float32)
    if random.random() < 0.5:
        part = part[:, ::-1]
    return cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)


def photograph(random: Generator, height: int, width: int) -> np.ndarray:
    """Random crop of a colour photograph with changed colours."""
    photos = _pool(IN_COLOUR)
    part = piece(random, photos[random.integers(len(photos))], height, width)
    return recoloured(random, part)


def recoloured(random: Generator, picture: np.ndarray) -> np.ndarray:
    """A picture with randomly rotated and scaled chroma and changed brightness."""
    grey = picture @ np.array(LUMINANCE, np.float32)
    chroma = picture - grey[..., None]
    if random.random() < 0.2:
        chroma = np.roll(chroma, random.integers(1, 3), -1)  # red things turn green or blue
    chroma *= random.uniform(0.1, 1)
    lit = (grey * random.uniform(0.7, 1.2))[..., None]
    found: np.ndarray = lit + chroma + _shade(random, 10)
    return found


def surface(random: Generator, height: int, width: int) -> np.ndarray:
    """A random material (H, W, 3) in [0, 255]: photographed texture, noise, paint or a photo."""
    kind = random.random()
    if kind < 0.2:
        return photograph(random, height, width)
    if kind < 0.62:
        photos = _pool(IN_GREY)
        value = piece(random, photos[random.integers(len(photos))], height, width)[..., 0] / 255
        value = (value - value.mean()) / (value.std() + 0.02)
    elif kind < 0.8:
        value = noise(random, height, width, random.uniform(0.8, 2))
    else:  # paint, glass, skin: mostly shading
        value = 3 * gradient(random, height, width) - 1.5
        value += random.uniform(0, 0.3) * noise(random, height, width, 1)
    base = colour(random)
    other = base * random.uniform(0.1, 0.8) + _shade(random, 12)
    return mix(base, other, 0.5 + random.uniform(0.2, 0.6) * value).astype(np.float32)


def shape(random: Generator, height: int, width: int) -> np.ndarray:
    """Mask (H, W) in [0, 1] of a random shape that fills the box: blob, polygon or superellipse."""
    turn = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    kind = random.random()
    radius = np.ones_like(turn)
    if kind < 0.3:  # a blob: a circle with a few waves
        for wave in range(2, 7):
            radius += random.normal(0, 0.35 / wave) * np.cos(wave * turn + random.uniform(0, 7))
    elif kind < 0.55:  # a polygon
        turn = np.sort(random.uniform(0, 2 * np.pi, random.integers(3, 7)))
        radius = random.uniform(0.7, 1.3, len(turn))
    elif kind < 0.8:  # a superellipse, from disc to box
        power = random.uniform(2, 8)
        radius = (abs(np.cos(turn)) ** power + abs(np.sin(turn)) ** power) ** (-1 / power)
    points = np.stack([radius * np.cos(turn), radius * np.sin(turn)], 1)
    points = (points - points.min(0)) / np.ptp(points, axis=0) * (width - 1, height - 1)
    mask = np.zeros((height, width), np.float32)
    cv2.fillPoly(mask, [np.rint(points * 16).astype(np.int32)], 1, cv2.LINE_AA, 4)
    return mask
