"""Films of wide colours or high dynamic range, as ordinary video shows them: BT.709 in 8 bits."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import av
import cv2
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorTrc

# linear RGB of the primaries to that of BT.709; white is D65 in all of them
P3 = ((1.2249, -0.2249, 0), (-0.0420, 1.0420, 0), (-0.0197, -0.0786, 1.0983))  # SMPTE EG 432-1
BT2020 = (  # ITU-R BT.2087-0
    *((1.6605, -0.5877, -0.0728), (-0.1246, 1.1330, -0.0084)),
    (-0.0182, -0.1006, 1.1188),
)
PRIMARIES = {
    ColorPrimaries.SMPTE431: P3,
    ColorPrimaries.SMPTE432: P3,
    ColorPrimaries.BT2020: BT2020,
}
HDR = {ColorTrc.SMPTE2084: "HDR10", ColorTrc.ARIB_STD_B67: "HLG"}
PEAK, WHITE = 1000.0, 203.0  # cd/m², of usual HDR films, and of white paper in them: BT.2408-7
STEPS = 4096  # of tables of light


@dataclass(frozen=True)
class Mapping:
    """Converts pixels to BT.709 in 8 bits.

    Attributes:
        format: of the pixels, in FFmpeg's words.
        linear: their linear light, by code value; 1 is white.
        primaries: of the pixels, to those of BT.709.
        tone: changes linear light before that; None leaves it.
    """

    format: str
    linear: np.ndarray
    primaries: np.ndarray
    tone: Callable[[np.ndarray], np.ndarray] | None = None

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """uint8 RGB (H, W, 3) of RGB (H, W, 3) in `format`; what BT.709 has not is clipped."""
        light = np.take(self.linear, pixels)
        if self.tone is not None:
            light = self.tone(light)
        light = cv2.transform(light, self.primaries)
        steps = (65535 * np.clip(light, 0, 1)).astype(np.uint16)
        codes: np.ndarray = np.take(_codes(), steps)
        return codes


def mapping_of(frame: av.VideoFrame) -> Mapping | None:
    """The conversion that a frame needs by its tags; None for ordinary video.

    Wide primaries (P3, BT.2020) are converted in linear light. PQ and HLG are mapped to ordinary
    brightness by the curve of ITU-R BT.2390: what is darker than about 90 cd/m² keeps its light,
    and 1000 cd/m² become white.
    """
    return _mapping(frame.color_primaries, frame.color_trc)


@lru_cache
def _mapping(primaries: int, curve: int) -> Mapping | None:
    if curve in HDR:
        pq = curve == ColorTrc.SMPTE2084
        codes = np.arange(65536) / 65535
        linear = _pq_light(codes) if pq else _hlg_scene(codes)
        wide = PRIMARIES.get(ColorPrimaries(primaries), BT2020) if primaries != 2 else BT2020
        tone = _tone_mapped if pq else lambda scene: _tone_mapped(_hlg_shown(scene))
        return Mapping("rgb48le", linear.astype(np.float32), np.array(wide, np.float32), tone)
    if primaries in PRIMARIES:
        # the same curve before and after: films that are graded for a screen keep their greys
        linear = _srgb_light(np.arange(256) / 255)
        wide = PRIMARIES[ColorPrimaries(primaries)]
        return Mapping("rgb24", linear.astype(np.float32), np.array(wide, np.float32))
    return None


def _srgb_light(codes: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1, both in [0, 1]."""
    light: np.ndarray = np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)
    return light


@lru_cache(1)
def _codes() -> np.ndarray:
    """uint8 code values in sRGB of linear light in steps of 1/65535."""
    light = np.arange(65536) / 65535
    curve = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    codes: np.ndarray = np.rint(255 * curve).astype(np.uint8)
    return codes


def _pq_light(codes: np.ndarray) -> np.ndarray:
    """cd/m² of code values in [0, 1]: SMPTE ST 2084."""
    root = codes ** (32 / 2523)
    light: np.ndarray = 1e4 * (
        np.maximum(root - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * root)
    ) ** (8192 / 1305)
    return light


def _pq_codes(light: np.ndarray) -> np.ndarray:
    root = (light / 1e4) ** (1305 / 8192)
    codes: np.ndarray = ((107 / 128 + 2413 / 128 * root) / (1 + 2392 / 128 * root)) ** (2523 / 32)
    return codes


def _hlg_scene(codes: np.ndarray) -> np.ndarray:
    """Linear light of the scene, in [0, 1]: the inverse OETF of ITU-R BT.2100-2, table 5."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    light: np.ndarray = np.where(codes <= 0.5, codes**2 / 3, (np.exp((codes - c) / a) + b) / 12)
    return light


def _hlg_shown(scene: np.ndarray) -> np.ndarray:
    """cd/m² on a screen of `PEAK`: the OOTF of the same table, with a gamma of 1.2."""
    luminance = scene @ np.array([0.2627, 0.6780, 0.0593], np.float32)
    shown: np.ndarray = PEAK * np.maximum(luminance, 1e-6)[..., None] ** 0.2 * scene
    return shown


@lru_cache(1)
def _factors() -> np.ndarray:
    """By how much light of 0 to `PEAK` cd/m² is multiplied for 1 to be white, by its square root.

    ITU-R BT.2390-8, 5.4.1: a Hermite spline from the knee on, in PQ.
    """
    peak, white = _pq_codes(np.array([PEAK, WHITE]))
    before = PEAK * (np.arange(1, STEPS + 1) / STEPS) ** 2
    codes = _pq_codes(before) / peak
    most = white / peak
    knee = 1.5 * most - 0.5
    t = ((codes - knee) / (1 - knee)).clip(0, 1)
    spline = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (3 * t**2 - 2 * t**3) * most
    )
    after = _pq_light(np.where(codes < knee, codes, spline) * peak)
    return (after / before / WHITE).astype(np.float32)


def _tone_mapped(light: np.ndarray) -> np.ndarray:
    """Linear light with 1 as white, of (H, W, 3) in cd/m²; hues stay as all channels shrink."""
    light = np.minimum(light, PEAK)
    strongest = np.maximum(np.maximum(light[..., 0], light[..., 1]), light[..., 2])
    steps = (np.sqrt(strongest / PEAK) * (STEPS - 1)).astype(np.int32)
    mapped: np.ndarray = light * np.take(_factors(), steps)[..., None]
    return mapped
