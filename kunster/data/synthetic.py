"""Synthetic clips: a camera moves over photos, sometimes with an object in the foreground."""

import math
from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
import torch
from numpy.random import Generator

from kunster.data.clips import FramePairs, apart, checked_gaps, checked_size
from kunster.data.crops import generator, recolour
from kunster.data.materials import shape
from kunster.data.motion import Layer, camera_step, render, view_of
from kunster.data.photos import Photos
from kunster.errors import UserError

STREAM = 2  # of random numbers; `Crops` has 0 and 1
ZOOM = (0.55, 0.95)  # side of what the camera sees, as a share of the largest part that fits
FOREGROUND = 0.4  # share of pairs with something that moves before the background
THING = (0.25, 0.7)  # its sides, as shares of the photo's that it is cut from
RESTLESS = 1.5  # its own motion, as a multiple of the camera's
SHUTTER = 0.5  # longest exposure, as a share of the time between frames: film's 180 degrees
DEFOCUS = 0.8  # pixels, deviation of the strongest blur; every second pair is in focus
SHARP = 0.2  # pixels; a blur below that is not seen
EXPOSURE = 0.03  # deviation of the gain from one frame to the next, in every second pair
NOISE = 0.02  # deviation of the strongest sensor noise at full light
DARK = 0.1  # share of the noise's variance that is there without light
GRAIN = 4  # frames' worth of noise, of which each frame takes a random piece: drawing is slow
SUBPIXEL_BITS = 4  # of cv2.line's coordinates
SUBPIXEL = 2**SUBPIXEL_BITS


class SyntheticClips:
    """Two views of photos with exact flow and occlusion, and a camera's noise, blur and exposure.

    Args:
        photos: the backgrounds and objects.
        size: (height, width) of the frames in pixels.
        strength: of the motion; 1 moves the corners of a 256-pixel frame by up to 6 pixels.
        degradation: of noise, blur and exposure; 0 leaves the frames as rendered, 1 is a phone in
            a room.
        jitter: of colours, as in `Crops`.
        gaps: how many frames apart the two of a pair are, each as often as it is listed; motion
            adds up over them.
    """

    def __init__(
        self,
        photos: Photos,
        size: tuple[int, int] = (256, 256),
        seed: int = 0,
        strength: float = 1.0,
        degradation: float = 1.0,
        jitter: float = 0.3,
        gaps: Sequence[int] = (1,),
    ) -> None:
        amounts = {"strength": strength, "degradation": degradation, "jitter": jitter}
        for name, value in amounts.items():
            if not value >= 0:
                raise UserError(f"clips.{name}={value:g}: must be 0 or more")
        if not len(photos):
            raise UserError("there are no photos to move over")
        self.photos, self.size, self.seed = photos, checked_size(size), seed
        self.strength, self.degradation, self.jitter = strength, degradation, jitter
        self.gaps = checked_gaps(gaps)

    @property
    def source(self) -> str:
        return f"synthetic, camera motion over {len(self.photos)} photos{apart(self.gaps)}"

    def batch(self, start_index: int, batch_size: int) -> FramePairs:
        drawn = [self._draw(start_index + offset) for offset in range(batch_size)]
        frames, flow, non_occluded = (
            torch.from_numpy(np.stack(part)) for part in zip(*drawn, strict=True)
        )
        return FramePairs(frames.permute(0, 1, 4, 2, 3), flow.permute(0, 3, 1, 2), non_occluded)

    def _draw(self, index: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Frames uint8 (2, H, W, 3), flow (H, W, 2), non-occluded (H, W)."""
        random = generator(self.seed, index, STREAM)
        gap = self.gaps[int(random.integers(len(self.gaps)))]  # of one, nothing is drawn
        layers = [self._background(random, gap)]
        if random.random() < FOREGROUND:
            layers.append(self._thing(random, layers[0], gap))
        frames, flow, non_occluded = render(layers, self.size)
        return degraded(random, frames, flow / gap, self.degradation), flow, non_occluded

    def _background(self, random: Generator, gap: int) -> Layer:
        photo = self._photo(random)
        before = view_of(random, photo.shape[:2], self.size, ZOOM)
        after = before @ camera_step(random, self.size, self.strength, gap)
        return Layer(photo, before, after)

    def _thing(self, random: Generator, background: Layer, gap: int) -> Layer:
        """An object: another photo, cut to a shape, that moves with the camera and by itself."""
        photo = self._photo(random)
        before = view_of(random, photo.shape[:2], self.size, ZOOM)
        camera = np.linalg.inv(background.before) @ background.after
        own = camera_step(random, self.size, RESTLESS * self.strength, gap)
        after = before @ camera @ own
        return Layer(photo, before, after, _outline(random, photo.shape[:2]))

    def _photo(self, random: Generator) -> np.ndarray:
        photo = self.photos[int(random.integers(len(self.photos)))]
        if not self.jitter:
            return photo
        photo = photo.copy()
        recolour(photo, self.jitter, random.uniform(-1, 1, 6))
        return photo


def degraded(
    random: Generator, frames: np.ndarray, flow: np.ndarray, strength: float
) -> np.ndarray:
    """Clean frames with a camera's blur, exposure and noise: uint8 (2, H, W, 3).

    Motion blur along the mean motion, defocus, a change of exposure between the frames, then
    noise that grows with the light's root as photons do (shot noise) over a floor (read noise).

    Args:
        frames: float32 RGB (2, H, W, 3) in [0, 255].
        flow: (H, W, 2), pixels, of one frame's time.
        strength: 0 only rounds the frames.
    """
    shutter = strength * random.uniform(0, SHUTTER)
    u, v, *_ = shutter * np.array(cv2.mean(flow))
    focus = strength * random.uniform(-DEFOCUS, DEFOCUS)
    gain = 1 + strength * EXPOSURE * random.normal() * (random.random() < 0.5)
    level = strength * NOISE * random.beta(1, 2)
    found = np.empty(frames.shape, np.uint8)
    for frame, light, out in zip(frames, (1.0, gain), found, strict=True):
        seen = _smeared(frame, u, v)
        if focus > SHARP:
            seen = cv2.GaussianBlur(seen, (0, 0), focus)
        _expose(random, cv2.convertScaleAbs(seen), light, level, out)
    return found


def _expose(
    random: Generator, scene: np.ndarray, gain: float, level: float, out: np.ndarray
) -> None:
    """Writes the scene, uint8 (H, W, 3), times `gain` and with noise, to `out` of the same shape.

    Args:
        level: deviation of the noise at full light, as a share of it.
    """
    light = np.linspace(0, 1, 256)
    deviation = 255 * level * np.sqrt(DARK + (1 - DARK) * light)
    noise = cv2.LUT(scene, deviation.astype(np.float32))
    cv2.multiply(noise, _grain(random, scene.shape), noise)
    cv2.add(cv2.LUT(scene, (255 * gain * light).astype(np.float32)), noise, out, dtype=cv2.CV_8U)


def _grain(random: Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Normal noise of that shape, mean 0 and deviation 1: a piece of a table."""
    count = math.prod(shape)
    table = _normals(GRAIN * count)
    start = int(random.integers(len(table) - count + 1))
    return table[start : start + count].reshape(shape)


@lru_cache(maxsize=2)
def _normals(count: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(count, np.float32)


def _outline(random: Generator, size: tuple[int, int]) -> np.ndarray:
    """A shape somewhere in a photo of that size, float32 (h, w) in [0, 1]."""
    height, width = size
    rows, columns = (int(side * random.uniform(*THING)) for side in size)
    top, left = (
        int(random.uniform(0, side - part)) for side, part in ((height, rows), (width, columns))
    )
    mask = np.zeros(size, np.float32)
    mask[top : top + rows, left : left + columns] = shape(random, rows, columns)
    return mask


def _smeared(frame: np.ndarray, u: float, v: float) -> np.ndarray:
    """The frame averaged along a line of (u, v) pixels."""
    length = np.hypot(u, v)
    if length < 0.5:
        return frame
    side = 2 * int(np.ceil(length / 2)) + 1
    kernel = np.zeros((side, side), np.float32)
    start, end = (
        [round((side // 2 + sign * part) * SUBPIXEL) for part in (u / 2, v / 2)] for sign in (-1, 1)
    )
    cv2.line(kernel, start, end, (1.0,), 1, cv2.LINE_AA, SUBPIXEL_BITS)
    return cv2.filter2D(frame, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT_101)
