"""Two views of flat pictures under a moving camera, with exact flow.

A layer is a picture with a homography that maps pixels of the view (x, y, 1) to pixels of the
picture. Two views of it, `before` and `after`, determine the flow in closed form:
x ↦ after⁻¹ · before · x − x.
"""

from dataclasses import dataclass
from functools import lru_cache, reduce

import cv2
import numpy as np
from numpy.random import Generator

OPAQUE = 0.02  # the most of another layer in a pixel that counts as one layer's own
STILL = 0.05  # share of steps without motion, in which only noise changes
PAN = 0.5  # share of pans by whole pixels, which need no interpolation
FURTHEST_PAN = 5  # pixels, along each axis
SHAKE = (0.05, 6.0)  # pixels at the corners of a 256-pixel view: from tripod to running
MIX = (1.0, 0.4, 0.4, 0.3)  # Dirichlet weights of pan, zoom, rotation and tilt in a shake


@dataclass(frozen=True)
class Layer:
    """A picture and two views of it.

    Attributes:
        picture: uint8 or float32 RGB (h, w, 3).
        before, after: (3, 3) homographies from pixels of the view to pixels of the picture.
        shape: opacity, float32 (h, w) in [0, 1]; None for an opaque layer.
    """

    picture: np.ndarray
    before: np.ndarray
    after: np.ndarray
    shape: np.ndarray | None = None


def render(layers: list[Layer], size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both views of layers, the furthest first, with flow and mask.

    Args:
        size: (height, width) of the views.

    Returns:
        frames float32 (2, H, W, 3) in the pictures' own range; flow (H, W, 2) from the first to the
        second in pixels; mask, bool (H, W), of pixels whose match is in the view and not occluded.
        Pixels that two layers share are masked out.
    """
    frames = np.zeros((2, *size, 3), np.float32)
    flow = np.zeros((*size, 2), np.float32)
    non_occluded = np.ones(size, bool)
    for layer in layers:
        own_flow = homography_flow(layer.before, layer.after, size)
        opacity = [_paint(frames[0], layer, layer.before), _paint(frames[1], layer, layer.after)]
        if layer.shape is None:
            flow, non_occluded = own_flow, np.ones(size, bool)
        else:
            flow, non_occluded = _behind(flow, non_occluded, own_flow, *opacity)
    return frames, flow, non_occluded & _in_picture(flow)


def homography_flow(before: np.ndarray, after: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Flow (H, W, 2), pixels, of a plane with these homographies in both views."""
    height, width = size
    x, y = np.arange(width), np.arange(height)[:, None]
    matrix = np.linalg.inv(after) @ before
    u, v, w = (row[0] * x + (row[1] * y + row[2]) for row in matrix)
    flow = np.empty((height, width, 2), np.float32)
    flow[..., 0] = u / w - x
    flow[..., 1] = v / w - y
    return flow


def view_of(
    random: Generator, picture: tuple[int, int], size: tuple[int, int], zoom: tuple[float, float]
) -> np.ndarray:
    """Homography to a random upright part of a picture, randomly mirrored.

    Args:
        picture: (height, width) of the picture.
        size: (height, width) of the view.
        zoom: range of the part's size as a share of the largest that fits.
    """
    largest = min(picture[0] / size[0], picture[1] / size[1])
    scale = largest * np.exp(random.uniform(*np.log(zoom)))
    left = random.uniform(0, picture[1] - scale * size[1])
    top = random.uniform(0, picture[0] - scale * size[0])
    view = np.array([[scale, 0, left], [0, scale, top], [0, 0, 1]])
    return view @ _mirror(size[1]) if random.random() < 0.5 else view


def camera_step(
    random: Generator, size: tuple[int, int], strength: float = 1.0, frames: int = 1
) -> np.ndarray:
    """Homography from a view to the next one, or to that so many frames later.

    From frame to frame there is no motion, a pan by whole pixels, or a shake of pan, zoom, rotation
    and tilt, and it is of one kind over all frames. The shake moves the corners by `strength` times
    a distance that is log-uniform in `SHAKE`.
    """
    kind = random.random()
    if kind < STILL:
        return np.eye(3)
    if kind < STILL + PAN:
        furthest = round(strength * FURTHEST_PAN)
        return shift(*random.integers(-furthest, furthest + 1, (frames, 2)).sum(axis=0))
    return reduce(np.matmul, (_shake(random, size, strength) for _ in range(frames)))


def _shake(random: Generator, size: tuple[int, int], strength: float) -> np.ndarray:
    """Pan, zoom, rotation and tilt about the middle of the view."""
    height, width = size
    reach = strength * np.exp(random.uniform(*np.log(SHAKE))) * min(size) / 256
    pan, *shares = reach * random.dirichlet(MIX)  # pixels at the corners
    way = random.uniform(0, 2 * np.pi)
    corner = np.hypot(height, width) / 2
    grow, turn = np.array(shares[:2]) / corner * random.choice([-1, 1], 2)
    tilt = shares[2] / corner**2 * random.uniform(-1, 1, 2)
    cos, sin = (1 + grow) * np.cos(turn), (1 + grow) * np.sin(turn)
    move = np.array([[cos, -sin, pan * np.cos(way)], [sin, cos, pan * np.sin(way)], [*tilt, 1]])
    centred: np.ndarray = shift(width / 2, height / 2) @ move @ shift(-width / 2, -height / 2)
    return centred


def shift(x: float, y: float) -> np.ndarray:
    """Homography (3, 3) that moves by (x, y) pixels."""
    return np.array([[1.0, 0, x], [0, 1, y], [0, 0, 1]])


def _mirror(width: int) -> np.ndarray:
    """Homography that mirrors a view horizontally."""
    return np.array([[-1.0, 0, width - 1], [0, 1, 0], [0, 0, 1]])


def _paint(frame: np.ndarray, layer: Layer, view: np.ndarray) -> np.ndarray:
    """Draws a view of the layer on the frame (H, W, 3) in place; returns its opacity (H, W)."""
    size = frame.shape[:2]
    colours = seen(layer.picture, view, size, cv2.BORDER_REFLECT_101)
    if layer.shape is None:
        frame[:] = colours
        return np.ones(size, np.float32)
    opacity = seen(layer.shape, view, size, cv2.BORDER_CONSTANT)
    frame += opacity[..., None] * (colours - frame)
    return opacity


def seen(picture: np.ndarray, view: np.ndarray, size: tuple[int, ...], border: int) -> np.ndarray:
    """A view (height, width) of a picture; `border` is one of OpenCV's border modes."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpPerspective(picture, view, size[::-1], flags=flags, borderMode=border)


def _behind(
    flow: np.ndarray,
    non_occluded: np.ndarray,
    own_flow: np.ndarray,
    opacity_before: np.ndarray,
    opacity_after: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Flow (H, W, 2) and mask (H, W) after a layer is put in front.

    Args:
        own_flow: flow of the layer (H, W, 2), pixels.
        opacity_before, opacity_after: opacity (H, W) of the layer in both views.
    """
    inside, outside = opacity_before > 1 - OPAQUE, opacity_before <= OPAQUE
    stays = _at_targets(opacity_after, own_flow) > 1 - OPAQUE
    # a pixel behind is occluded if the layer touches any pixel of its interpolation
    hides = _at_targets(opacity_after, flow) >= OPAQUE
    non_occluded = np.where(inside, stays, non_occluded & outside & ~hides)
    return np.where(inside[..., None], own_flow, flow), non_occluded


def _at_targets(values: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Values (H, W) of the second view at the targets of the first view's pixels."""
    columns, rows = cv2.split(_targets(flow))
    return cv2.remap(values, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _in_picture(flow: np.ndarray) -> np.ndarray:
    height, width = flow.shape[:2]
    x, y = cv2.split(_targets(flow))
    inside: np.ndarray = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return inside


def _targets(flow: np.ndarray) -> np.ndarray:
    """Target (column, row) of each pixel, (H, W, 2)."""
    targets: np.ndarray = flow + _pixels(*flow.shape[:2])
    return targets


@lru_cache(maxsize=4)
def _pixels(height: int, width: int) -> np.ndarray:
    """Column and row of each pixel, float32 (H, W, 2)."""
    return np.dstack(np.meshgrid(np.arange(width), np.arange(height))).astype(np.float32)
