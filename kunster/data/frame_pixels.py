"""Pixels of a decoded frame, in the colours in which players show it."""

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, Colorspace, Interpolation, VideoReformatter

from kunster.data.video_file import has_alpha
from kunster.data.wide_video import mapping_of

UNSPECIFIED = 2  # AVCOL_SPC_UNSPECIFIED of libavutil/pixfmt.h
# columns and rows from which players take untagged colours for BT.709 instead of BT.601:
# pl_color_system_guess_ycbcr of libplacebo, which mpv and Kodi use
HD_WIDTH, HD_HEIGHT = 1280, 577


def frame_pixels(
    frame: av.VideoFrame,
    size: tuple[int, int] | None = None,
    reformatter: VideoReformatter | None = None,
) -> np.ndarray:
    """uint8 RGB (H, W, 3) of ordinary brightness, RGBA (H, W, 4) of a frame with transparency.

    Args:
        size: (height, width) to which the frame is scaled; None keeps its own.
        reformatter: plans its filters once for all frames of one kind.
    """
    alpha, mapping = has_alpha(frame), mapping_of(frame)
    height, width = size or (frame.height, frame.width)
    smaller = height <= frame.height and width <= frame.width
    pixels: np.ndarray = (
        (reformatter or VideoReformatter())
        .reformat(
            frame,
            *(width, height),
            format=mapping.format if mapping else "rgba" if alpha else "rgb24",
            src_colorspace=_colorspace(frame),
            interpolation=Interpolation.AREA if smaller else Interpolation.BICUBIC,
            threads=1,  # other threads are busy already
        )
        .to_ndarray()
    )
    return mapping(pixels) if mapping else pixels


def _colorspace(frame: av.VideoFrame) -> Colorspace | None:
    """Colour space of an untagged frame, as players guess it; None for a tagged one."""
    if frame.colorspace != UNSPECIFIED:
        return None
    if frame.color_primaries == ColorPrimaries.BT2020:
        return Colorspace.BT2020
    large = frame.width >= HD_WIDTH or frame.height >= HD_HEIGHT
    return Colorspace.ITU709 if large else Colorspace.ITU601
