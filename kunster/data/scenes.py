"""Synthetic scenes that supplement the few bundled photos.

They imitate photos in colours, contrast, the mixture of smooth and busy areas, and power spectrum.
Each is a pure function of its number and a seed.
"""

import cv2
import numpy as np
from numpy.random import Generator

from kunster.data.materials import blurred, colour, gradient, mix, noise, photograph, shape, surface

VERSION = 1  # to be changed whenever a scene would look different
BLUE, HAZE, CLOUD = np.array([[70, 125, 195], [235, 232, 225], [240, 238, 236]], np.float32)


def scene(index: int, seed: int = 0, size: int = 320) -> np.ndarray:
    """Scene number `index`, uint8 RGB (H, W, 3), `size` pixels on its shorter side."""
    random = np.random.default_rng([seed, index])
    long = round(size * random.choice([1, 4 / 3, 4 / 3, 3 / 2]))
    height, width = (size, long) if random.random() < 0.75 else (long, size)
    makers, weights = zip(*KINDS, strict=True)
    make = makers[random.choice(len(makers), p=weights)]
    return _exposed(random, make(random, height, width))


def _retake(random: Generator, height: int, width: int) -> np.ndarray:
    """A photograph with another crop, perspective and colours."""
    corners = _corners(height, width)
    moved = corners + random.uniform(-0.25, 0.25, (4, 2)) * (width, height)
    return _seen(photograph(random, height, width), moved, height, width)


def _collage(random: Generator, height: int, width: int) -> np.ndarray:
    """Objects in front of a background that is often out of focus."""
    canvas = (photograph if random.random() < 0.6 else surface)(random, height, width)
    if random.random() < 0.4:
        canvas = blurred(canvas, random.uniform(1, 6))
    for _ in range(random.integers(1, 7)):
        _put_thing(random, canvas, random.uniform(0.15, 0.8))
    return canvas


def _landscape(random: Generator, height: int, width: int) -> np.ndarray:
    """Sky, ridges in haze, ground or water, and objects on it."""
    horizon = int(height * random.uniform(0.3, 0.8))
    canvas = _sky(random, height, width)
    haze = canvas[horizon].mean(0)
    ridges = random.integers(0, 4)
    for ridge in range(ridges):
        near = (ridge + 1) / (ridges + 1)
        line = noise(random, 1, 4 * width, 1.6)[0, :width] * height * random.uniform(0.02, 0.08)
        rows = np.arange(height, dtype=np.float32)[:, None]
        mask = (rows - (horizon - line - 0.12 * height * (1 - near))).clip(0, 1)
        hill = mix(
            haze, surface(random, height, width), np.full((1, 1), 0.3 + 0.7 * near, np.float32)
        )
        canvas = mix(canvas, hill, mask)
    if random.random() < 0.2:  # water
        mirrored = cv2.resize(canvas[:horizon][::-1], (width, height - horizon))
        ripples = noise(random, height - horizon, width, 1)[..., None]
        canvas[horizon:] = 0.75 * mirrored + 10 * ripples
    else:
        canvas[horizon:] = _receding(random, height - horizon, width)
    for _ in range(random.integers(0, 5)):
        _put_thing(random, canvas, random.uniform(0.1, 0.5), horizon)
    return canvas


def _street(random: Generator, height: int, width: int) -> np.ndarray:
    """Houses with rows of windows above a street."""
    canvas = _sky(random, height, width)
    horizon = int(height * random.uniform(0.6, 0.9))
    canvas[horizon:] = _receding(random, height - horizon, width)
    left = -int(random.integers(0, 40))
    while left < width:
        wide, top = int(random.integers(40, 160)), int(horizon * random.uniform(0, 0.7))
        house = _house(random, horizon - top, wide)
        first, last = max(0, left), min(width, left + wide)
        canvas[top:horizon, first:last] = house[:, first - left : last - left]
        left += wide + (int(random.integers(0, 60)) if random.random() < 0.3 else 0)
    for _ in range(random.integers(1, 6)):
        _put_thing(random, canvas, random.uniform(0.1, 0.4), horizon)
    return canvas


def _house(random: Generator, height: int, width: int) -> np.ndarray:
    house = surface(random, height, width) * random.uniform(0.5, 1)
    pane, story, floor = colour(random), random.integers(16, 40), random.integers(14, 40)
    for top in range(story // 3, height - story // 2, story):
        for left in range(floor // 3, width - floor // 2, floor):
            window = house[top : top + story // 2, left : left + floor // 2]
            window[:] = pane * random.uniform(0.5, 1.3) + random.uniform(0, 0.3) * window
    return house


def _room(random: Generator, height: int, width: int) -> np.ndarray:
    """Walls, floor and ceiling in perspective, and objects on the floor."""
    near = _corners(height, width)
    middle = random.uniform(0.35, 0.65, 2) * (width, height)
    far = middle + (near - (width / 2, height / 2)) * random.uniform(0.3, 0.75)
    canvas = surface(random, height, width)
    walls = surface(random, height, width)
    for side in range(4):
        following = (side + 1) % 4
        quad = np.array([near[side], near[following], far[following], far[side]])
        wall = _seen(walls if side % 2 else surface(random, height, width), quad, height, width)
        mask = cv2.fillConvexPoly(np.zeros((height, width), np.float32), quad.astype(np.int32), 1)
        canvas = mix(canvas, wall * random.uniform(0.5, 1.15), mask)
    for _ in range(random.integers(1, 7)):
        _put_thing(random, canvas, random.uniform(0.1, 0.55), int(height * 0.6))
    return canvas


def _dead_leaves(random: Generator, height: int, width: int) -> np.ndarray:
    """Occluding objects with sizes distributed as 1/r³ (Lee, Mumford & Huang 2001)."""
    canvas = surface(random, height, width)
    smallest, largest = 0.04, random.uniform(0.4, 1)
    chance = random.random(random.integers(40, 160))
    sizes = (smallest**-2 + chance * (largest**-2 - smallest**-2)) ** -0.5
    for size in sizes:
        _put_thing(random, canvas, size, shadow=False)
    return canvas


def _clouds(random: Generator, height: int, width: int) -> np.ndarray:
    """1/f noise in two or three colours, like fog, foliage, water or clouds."""
    canvas = mix(colour(random), colour(random), noise(random, height, width, 1.5) * 0.4 + 0.5)
    veil = (noise(random, height, width, random.uniform(1, 2)) * random.uniform(0.5, 4)).clip(0, 1)
    return mix(canvas, surface(random, height, width), veil)


KINDS = (
    (_retake, 0.2),
    (_collage, 0.22),
    (_landscape, 0.18),
    (_street, 0.1),
    (_room, 0.16),
    (_dead_leaves, 0.1),
    (_clouds, 0.04),
)


def _sky(random: Generator, height: int, width: int) -> np.ndarray:
    blue = BLUE * random.uniform(0.6, 1.2)
    if random.random() < 0.35:
        blue = colour(random)  # dusk, night, overcast
    pale = blue + (HAZE - blue) * random.uniform(0.2, 1)
    canvas = mix(blue, pale, np.linspace(0, 1, height, dtype=np.float32)[:, None] ** 0.8)
    canvas = np.repeat(canvas, width, 1)
    if random.random() < 0.65:
        cover = noise(random, height, width, 1.7) * random.uniform(0.2, 0.7) + random.uniform(
            -0.4, 0.5
        )
        canvas = mix(canvas, CLOUD, cover.clip(0, 1))
    return canvas


def _receding(random: Generator, height: int, width: int) -> np.ndarray:
    """Ground (H, W, 3) in perspective, up to the horizon."""
    ground = surface(random, max(64, height), width)
    quad = _corners(height, width)
    quad[2:] += random.uniform(0.5, 3) * np.array([[width, 0], [-width, 0]])
    return _seen(ground, quad, height, width)


def _corners(height: int, width: int) -> np.ndarray:
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)


def _seen(picture: np.ndarray, corners: np.ndarray, height: int, width: int) -> np.ndarray:
    """A picture with its corners moved to `corners` (4, 2), continued by reflection."""
    source = _corners(*picture.shape[:2]).astype(np.float32)
    warp = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    return cv2.warpPerspective(picture, warp, (width, height), borderMode=cv2.BORDER_REFLECT)


def _put_thing(
    random: Generator, canvas: np.ndarray, size: float, above: int = 0, shadow: bool = True
) -> None:
    """Draws a shaded object of relative height `size` whose foot is below row `above`."""
    height, width = canvas.shape[:2]
    stretch = np.exp(random.normal(0, 0.35))
    tall = int(np.clip(size * height * stretch, 8, height))
    wide = int(np.clip(size * height / stretch, 8, width))
    foot = random.integers(above, height + tall // 2 + 1)
    top, left = foot - tall, random.integers(-wide // 2, width - wide // 2)
    mask = shape(random, tall, wide)
    thing = (
        surface(random, tall, wide) if random.random() < 0.65 else photograph(random, tall, wide)
    )
    light = random.uniform(0.55, 0.95)
    thing *= (light + (1.35 - light) * gradient(random, tall, wide))[..., None]
    if shadow:
        _blend(canvas, 0, 0.45 * blurred(mask, 4), top + 3, left + 3)
    if random.random() < 0.3:
        mask = blurred(mask, random.uniform(0.5, 2.5))
    _blend(canvas, thing, mask, top, left)


def _blend(
    canvas: np.ndarray, thing: np.ndarray | int, mask: np.ndarray, top: int, left: int
) -> None:
    """Blends an object into the canvas in place; parts outside are cut off."""
    rows = slice(max(0, -top), max(0, min(len(mask), len(canvas) - top)))
    columns = slice(max(0, -left), max(0, min(mask.shape[1], canvas.shape[1] - left)))
    below = canvas[top + rows.start : top + rows.stop, left + columns.start : left + columns.stop]
    above = thing if isinstance(thing, int) else thing[rows, columns]
    below += (above - below) * mask[rows, columns, None]


def _exposed(random: Generator, canvas: np.ndarray) -> np.ndarray:
    """Applies light from one side, white balance, exposure, lens blur, sensor noise; to uint8."""
    height, width = canvas.shape[:2]
    lit = canvas.clip(0, 255) / np.float32(255)
    lit *= 1 + random.uniform(0, 0.5) * (gradient(random, height, width)[..., None] - 0.5)
    lit *= np.exp(random.normal((0.05, 0, -0.07), 0.06)).astype(np.float32)  # rather warm
    grey = lit.mean(-1, keepdims=True)
    lit = grey + min(1, random.uniform(0, 1.4)) * (lit - grey)
    lit = _levelled(lit, random.beta(5, 5.6), random.uniform(0.18, 0.42))
    lit = blurred(lit, random.uniform(0.2, 0.6))
    lit += random.uniform(0, 0.02) * random.standard_normal((height, width, 1), np.float32)
    pixels: np.ndarray = np.rint(255 * lit.clip(0, 1)).astype(np.uint8)
    return pixels


def _levelled(picture: np.ndarray, mean: float, deviation: float) -> np.ndarray:
    """A picture moved towards the given mean and deviation."""
    gain = (deviation / (picture.std() + 0.02)) ** 0.9
    shift = 0.8 * (mean - picture.mean())
    levelled: np.ndarray = (picture - picture.mean()) * gain + picture.mean() + shift
    return levelled
