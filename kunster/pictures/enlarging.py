"""A painted picture at the size of its photo: strokes stay sharp, edges are where the photo's are.

The photo's detail that the painted size has no room for is added as far as the painting follows
the photo there: by the slopes of a guided filter (He, Sun and Tang, Guided Image Filtering, 2010),
with the photo's luminance as guide. Edges of strokes are then sharpened by a shock filter, which
picks the lightest or the darkest neighbour (Kramer and Bruckner, 1975), and so never overshoots.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from kunster.pictures.images import LUMINANCE

RADIUS = 2  # of the windows in which slopes are taken, in pixels of the painting
NOISE = 25.0  # levels²: variance of a photo that is no edge
STEPS = 0.75  # of the shock filter, for each pixel that one becomes
MOST_STEPS = 6  # each takes a quarter of a second for 12 megapixels
BEND = 0.6  # standard deviation at which an edge's sides are told apart, in the same unit
FLAT = 0.3  # levels: curvature of a side of no edge
BAND = 512  # rows at a time, so that memory does not grow with the picture

Size = tuple[int, int]  # (height, width)


def enlarged(painted: np.ndarray, photo: np.ndarray) -> np.ndarray:
    """The painting, uint8 RGB (h, w, 3), at the size of its photo, uint8 RGB (H, W, 3)."""
    scale = photo.shape[0] / painted.shape[0]
    if painted.shape == photo.shape:
        return painted
    guide = _luminance(cv2.resize(photo, painted.shape[1::-1], interpolation=cv2.INTER_AREA))
    slopes = guided_slopes(painted.astype(np.float32), guide)
    softness = 1 - 1 / scale  # hides the painting's grid of pixels, the more the larger they become
    soft = cv2.GaussianBlur(painted.astype(np.float32), (0, 0), softness)
    soft_guide = cv2.GaussianBlur(guide, (0, 0), softness)
    steps, bend = min(max(1, round(STEPS * scale)), MOST_STEPS), BEND * scale
    margin = steps + int(4 * bend) + 1
    whole = np.empty_like(photo)
    for kept, seen in _bands(photo.shape[0], margin):
        base, slope, low = (
            _rows(each, photo.shape[:2], seen) for each in (soft, slopes, soft_guide)
        )
        detail = _luminance(photo[seen]) - low
        band = np.rint(base + slope * detail[..., None]).clip(0, 255).astype(np.uint8)
        inner = slice(kept.start - seen.start, kept.stop - seen.start)
        whole[kept] = sharpened(band, steps, bend)[inner]
    return whole


def guided_slopes(painted: np.ndarray, guide: np.ndarray) -> np.ndarray:
    """Levels of the painting for each level of the guide, around each pixel: float32 (h, w, 3).

    The covariance of both by the variance of the guide, in windows of `RADIUS`; 0 where the guide
    is flat.

    Args:
        painted: float32 (h, w, 3).
        guide: float32 (h, w).
    """
    mean, mean_painted = _mean(guide), _mean(painted)
    variance = _mean(guide * guide) - mean * mean
    covariance = _mean(guide[..., None] * painted) - mean[..., None] * mean_painted
    return _mean(covariance / (variance + NOISE)[..., None], 1)


def sharpened(picture: np.ndarray, steps: int, bend: float) -> np.ndarray:
    """The picture, uint8 RGB, with edges moved together by `steps` pixels from either side.

    Each step takes the darkest neighbours on the dark side of an edge and the lightest on the
    other; the curvature of the luminance, blurred by a standard deviation of `bend`, tells them
    apart.
    """
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    for _ in range(steps):
        grey = cv2.GaussianBlur(_luminance(picture), (0, 0), bend)
        curvature = cv2.Laplacian(grey, cv2.CV_32F, ksize=3)
        lightest, darkest = cv2.dilate(picture, cross), cv2.erode(picture, cross)
        picture = picture.copy()  # not the caller's
        cv2.copyTo(lightest, (curvature < -FLAT).astype(np.uint8), picture)
        cv2.copyTo(darkest, (curvature > FLAT).astype(np.uint8), picture)
    return picture


def _bands(height: int, margin: int) -> Iterator[tuple[slice, slice]]:
    """Rows that are kept, and those that are needed for them."""
    for start in range(0, height, BAND):
        stop = min(start + BAND, height)
        yield slice(start, stop), slice(max(0, start - margin), min(height, stop + margin))


def _rows(small: np.ndarray, size: Size, rows: slice) -> np.ndarray:
    """Some rows of a picture that is enlarged to (height, width)."""
    down, across = small.shape[0] / size[0], small.shape[1] / size[1]
    placed = np.array([[across, 0, across / 2 - 0.5], [0, down, (rows.start + 0.5) * down - 0.5]])
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    goal = size[1], rows.stop - rows.start
    return cv2.warpAffine(small, placed, goal, flags=how, borderMode=cv2.BORDER_REPLICATE)


def _luminance(picture: np.ndarray) -> np.ndarray:
    """float32 (H, W)."""
    return cv2.transform(picture.astype(np.float32), np.array([LUMINANCE], np.float32))


def _mean(values: np.ndarray, radius: int = RADIUS) -> np.ndarray:
    side = 2 * radius + 1
    return cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT_101)
