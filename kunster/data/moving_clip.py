"""Synthetic clip: a hand-held camera over photographs, with a balloon in front."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np
from numpy.random import Generator

from kunster.data.decode import decode_photo
from kunster.data.materials import mix, photographs
from kunster.data.motion import seen, shift

VIEW = 0.72  # visible share of the photograph, which leaves room for motion
SHUTTER = 0.5  # share of a frame's time: a 180-degree shutter
EXPOSURES = 4  # instants averaged for motion blur
NOISE = 0.012  # deviation at full light, as of a phone indoors
TREMOR = ((0.7, 1.0), (1.3, 0.5), (2.3, 0.25), (3.7, 0.15))  # hertz, share of `SWAY`
SWAY = 0.010  # amplitude of the slowest tremor, in frame heights
TURN = np.deg2rad(0.8)  # rotation of the slowest tremor
NEARER = 1.6  # parallax of the balloon, relative to the photograph


@dataclass(frozen=True)
class Shot:
    """A photograph, the path of the camera over it, and the path of the balloon.

    Attributes:
        photo: file name among `photographs()`.
        way: start and end (x, y) of the view's middle, in [-1, 1] of the available room.
        zoom: magnification at the end.
        balloon: colour of the balloon, RGB in [0, 1].
        drift: start and end (x, y) of the balloon's middle, as shares of the frame.
    """

    photo: str
    way: tuple[tuple[float, float], tuple[float, float]]
    zoom: float
    balloon: tuple[float, float, float]
    drift: tuple[tuple[float, float], tuple[float, float]]


SHOTS = (
    Shot(
        photo="astronaut.png",
        way=((-0.4, -0.85), (0.3, -0.65)),
        zoom=1.08,
        balloon=(0.1, 0.35, 0.8),
        drift=((0.9, 0.85), (0.78, 0.4)),
    ),
    Shot(
        photo="coffee.png",
        way=((0.6, -0.4), (0.0, 0.0)),
        zoom=1.12,
        balloon=(0.95, 0.75, 0.1),
        drift=((0.1, 0.75), (0.22, 0.35)),
    ),
    Shot(
        photo="rocket.jpg",
        way=((-0.3, 0.7), (0.2, 0.5)),
        zoom=1.12,
        balloon=(0.85, 0.1, 0.1),
        drift=((0.75, 0.75), (0.85, 0.32)),
    ),
)


def moving_clip(
    seconds: float = 4.0,
    frames_per_second: Fraction | float = 25,
    size: tuple[int, int] = (240, 320),
    first: int = 0,
) -> Iterator[np.ndarray]:
    """Frames uint8 RGB (H, W, 3) of three shots of equal length; deterministic.

    With pan, zoom, rotation, tremor, motion blur and sensor noise.

    Args:
        size: (height, width) of the frames in pixels.
        first: number of the frame to begin with; the earlier ones are not drawn.
    """
    count, rate = round(seconds * frames_per_second), float(frames_per_second)
    bounds = [index * count // len(SHOTS) for index in range(len(SHOTS) + 1)]
    for number, (shot, (begin, end)) in enumerate(zip(SHOTS, pairwise(bounds), strict=True)):
        if end <= first:
            continue
        random = np.random.default_rng(number)
        scene = _Scene(shot, size, random, (end - begin) / rate)
        for index in range(end - begin):
            grain = random.standard_normal((*size, 3), np.float32)  # also of the frames left out
            if begin + index >= first:
                yield _noisy(scene.exposed(index / rate, SHUTTER / rate), grain)


class _Scene:
    """Pictures of a shot and their position over time."""

    def __init__(
        self, shot: Shot, size: tuple[int, int], random: Generator, seconds: float
    ) -> None:
        self.shot, self.size, self.seconds = shot, size, seconds
        self.photo = _photo(shot.photo, size).astype(np.float32)
        self.balloon, self.outline = _balloon(round(0.4 * size[0]), shot.balloon)
        self.phases = random.uniform(0, 2 * np.pi, (3, len(TREMOR)))

    def exposed(self, time: float, shutter: float) -> np.ndarray:
        """Frame (H, W, 3) in [0, 1], exposed from `time` for `shutter` seconds."""
        frame = self.at(time)
        for part in range(1, EXPOSURES):
            frame += self.at(time + shutter * part / EXPOSURES)
        return frame / np.float32(255 * EXPOSURES)

    def at(self, time: float) -> np.ndarray:
        """Frame at an instant, (H, W, 3) in [0, 255]."""
        foreground = self.foreground(time)
        behind = seen(self.photo, self.background(time), self.size, cv2.BORDER_REFLECT_101)
        before = seen(self.balloon, foreground, self.size, cv2.BORDER_REPLICATE)
        opacity = seen(self.outline, foreground, self.size, cv2.BORDER_CONSTANT)
        return mix(behind, before, opacity)

    def background(self, time: float) -> np.ndarray:
        """Homography (3, 3) from pixels of the view to pixels of the photograph."""
        sway_x, sway_y, turn = self._tremor(time)
        scale = self.shot.zoom ** -self._progress(time)
        room = (np.array(self.photo.shape[1::-1]) - scale * np.array(self.size[::-1])) / 2
        x, y = (1 + self._between(self.shot.way, time)) * room + (sway_x, sway_y)
        middle = np.array(self.size[::-1]) / 2
        moved = _moved(x + scale * middle[0], y + scale * middle[1], turn, scale)
        found: np.ndarray = moved @ shift(*-middle)
        return found

    def foreground(self, time: float) -> np.ndarray:
        """Homography (3, 3) from pixels of the view to pixels of the balloon."""
        sway_x, sway_y, turn = self._tremor(time)
        x, y = self._between(self.shot.drift, time) * self.size[::-1]
        at = np.array([x - NEARER * sway_x, y - NEARER * sway_y])
        middle = np.array(self.balloon.shape[1::-1]) / 2
        found: np.ndarray = _moved(middle[0], middle[1], 2 * turn, 1) @ shift(*-at)
        return found

    def _progress(self, time: float) -> float:
        """Progress from 0 to 1 over the shot, slow at both ends."""
        return float(0.5 - 0.5 * np.cos(np.pi * time / self.seconds))

    def _between(
        self, ends: tuple[tuple[float, float], tuple[float, float]], time: float
    ) -> np.ndarray:
        begin, end = np.array(ends)
        found: np.ndarray = begin + (end - begin) * self._progress(time)
        return found

    def _tremor(self, time: float) -> np.ndarray:
        """Shift x and y in pixels of the view, and rotation in radians."""
        waves = [
            share * np.sin(2 * np.pi * hertz * time + phase)
            for (hertz, share), phase in zip(TREMOR, self.phases.T, strict=True)
        ]
        sway = SWAY * self.size[0]
        found: np.ndarray = np.sum(waves, axis=0) * (sway, sway, TURN)
        return found


def _moved(x: float, y: float, turn: float, scale: float) -> np.ndarray:
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    return np.array([[cos, -sin, x], [sin, cos, y], [0, 0, 1]])


def _photo(name: str, size: tuple[int, int]) -> np.ndarray:
    """The photograph, resized so that a view at full resolution shows `VIEW` of it."""
    (path,) = (path for path in photographs() if path.name == name)
    photo = decode_photo(path)
    scale = max(size[0] / photo.shape[0], size[1] / photo.shape[1]) / VIEW
    wide, high = round(photo.shape[1] * scale), round(photo.shape[0] * scale)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(photo, (wide, high), interpolation=how)


def _balloon(height: int, colour: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Picture, float32 RGB (h, w, 3) in [0, 255], and opacity (h, w) of a balloon."""
    width = round(0.8 * height)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    x, y = (x + 0.5) / width * 2.4 - 1.2, (y + 0.5) / height * 2.9 - 1.2
    narrow = 1 - 0.18 * np.clip(y, 0, None) ** 2  # towards the knot
    distance = np.hypot(x / narrow, y / 1.1)
    pixel = 2.4 / width
    body = np.clip((1 - distance) / pixel + 0.5, 0, 1)
    knot = np.clip((0.4 * (y - 1.02) + 0.02 - abs(x)) / pixel + 0.5, 0, 1) * (y > 1.05) * (y < 1.25)
    string = np.clip((0.016 - abs(x - 0.06 * np.sin(6 * (y - 1.2)))) / pixel + 0.5, 0, 1) * (
        y >= 1.2
    )
    light = 0.55 + 0.55 * np.sqrt(np.clip(1 - ((x + 0.25) ** 2 + (y + 0.3) ** 2) / 2.2, 0, 1))
    shine = np.exp(-((x + 0.38) ** 2 / 0.02 + (y + 0.5) ** 2 / 0.05))
    rim = 0.8 + 0.2 * np.sqrt(np.clip(1 - distance**2, 0, 1))
    picture = np.array(colour, np.float32) * (light * rim)[..., None] * 255
    picture += (255 - picture) * (0.75 * shine)[..., None]
    picture = np.where((string > 0)[..., None], np.float32(90), picture)
    shape = np.maximum.reduce([body, knot, string])
    return picture.clip(0, 255).astype(np.float32), shape.astype(np.float32)


def _noisy(frame: np.ndarray, grain: np.ndarray) -> np.ndarray:
    """The frame with shot noise over a noise floor, as uint8."""
    noisy = frame + NOISE * np.sqrt(0.1 + 0.9 * frame) * grain
    pixels: np.ndarray = np.rint(255 * noisy.clip(0, 1)).astype(np.uint8)
    return pixels
