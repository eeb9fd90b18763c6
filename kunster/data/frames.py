"""Frames of a video, a moving picture (GIF, …) or a folder of pictures, one at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from PIL import ExifTags

from kunster.data.animation import count_of_frames, is_moving, moving_frames
from kunster.data.decode import UnusablePhoto, decode_photo, pixels_of
from kunster.data.deinterlace import deinterlaced
from kunster.data.frame_pixels import frame_pixels
from kunster.data.joined import packets_of
from kunster.data.orientation import Orientation
from kunster.data.photos import SUFFIXES, walked
from kunster.data.picture_file import opened
from kunster.data.video_file import (
    alpha_decoder,
    decoded,
    main_video,
    open_video,
    warn_if_cut_off,
)
from kunster.errors import UserError
from kunster.pictures.images import on_white

SHORT_SIDE = 360  # pixels; e_stab is measured at this size
VIDEO_SUFFIXES = (
    *(".3g2", ".3gp", ".asf", ".avi", ".dv", ".f4v", ".flv", ".m1v", ".m2t", ".m2ts", ".m2v"),
    *(".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".qt", ".ts"),
    *(".vob", ".webm", ".wmv", ".y4m"),
)


def video_frames(path: Path, short_side: int = SHORT_SIDE) -> Iterator[np.ndarray]:
    """Frames of a video or moving picture, or the pictures of a folder by name: uint8 (H, W, 3).

    RGB, upright, of one size, reduced to a shorter side of `short_side` pixels. A truncated or
    damaged file yields the frames that can be decoded.

    Raises:
        UserError: no such file or folder, no frame that can be decoded, or frames of different
            sizes.
    """
    size = None
    if path.is_dir():
        frames: Iterator[np.ndarray] = map(decode_photo, _pictures(path))
    elif is_moving(path):
        frames = (pixels_of(frame, path) for frame, _ in moving_frames(path))
    else:
        frames = _file_frames(path)
    for number, frame in enumerate(frames):
        size = size or frame.shape
        if frame.shape != size:
            raise UserError(_sizes_differ(path, f"frame {number}", frame.shape, size))
        height, width = frame.shape[:2]
        scale = min(1.0, short_side / min(height, width))
        target = round(width * scale), round(height * scale)
        yield frame if scale == 1 else cv2.resize(frame, target, interpolation=cv2.INTER_AREA)


def frame_count(path: Path) -> int:
    """Number of frames, without decoding; an upper limit if the file is damaged.

    Warns about a file that ends before its declared duration.

    Raises:
        UserError: no such file or folder, not a video, or pictures of different sizes.
    """
    if path.is_dir():
        return len(_pictures(path))
    if is_moving(path):
        return count_of_frames(path)
    with open_video(path) as container:
        stream = main_video(container)
        ends = [_end(packet) for packet in packets_of(container, [stream]) if packet.size]
        begins = (container.start_time or 0) / av.time_base
        warn_if_cut_off(path, stream, max(ends, default=0) - begins)
        return len(ends)


def videos_in(path: Path) -> list[Path]:
    """Videos at a path: the file itself, or all video files below a folder, sorted.

    A folder with pictures and without video files counts as one video.

    Raises:
        UserError: no such file or folder, or it holds no video.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UserError(
            f"clips.path={path}: does not exist; give a video, a folder of videos or of frames"
        )
    found: list[Path] = []
    for folder, files in walked(path):
        videos = [file for file in files if file.suffix.lower() in VIDEO_SUFFIXES]
        pictures = any(file.suffix.lower() in SUFFIXES for file in files)
        found += videos or ([folder] if pictures else [])
    if not found:
        raise UserError(
            f"clips.path={path}: holds no videos (.mp4, .mov, .mkv, .webm, …) and no frames "
            "(.png, .jpg, …)"
        )
    return found


def _pictures(folder: Path) -> list[Path]:
    """Pictures of a folder by name; raises UserError if their sizes differ."""
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
    if not files:
        raise UserError(f"{folder}: holds no pictures (.png, .jpg, …)")
    size = _upright_size(files[0])
    for file in files:
        if (other := _upright_size(file)) != size:
            raise UserError(_sizes_differ(folder, file.name, other, size))
    return files


def _upright_size(file: Path) -> tuple[int, int]:
    """(height, width) from the file's header, after EXIF orientation."""
    try:
        with opened(file) as image:
            turned = image.getexif().get(ExifTags.Base.Orientation, 1) >= 5  # rotated by 90°
            width, height = image.size
    except Exception as error:  # decoders raise many kinds
        raise UnusablePhoto(file, "not a picture in a format that is known") from error
    return (width, height) if turned else (height, width)


def _sizes_differ(path: Path, name: str, size: tuple[int, ...], first: tuple[int, ...]) -> str:
    return (
        f"{path}: {name} is {size[1]}x{size[0]}, earlier frames are {first[1]}x{first[0]}; "
        "all frames of a video must have the same size"
    )


def _file_frames(path: Path) -> Iterator[np.ndarray]:
    with open_video(path) as container:
        stream = main_video(container)
        stream.thread_type = "AUTO"
        upright = None
        packets = packets_of(container, [stream])
        decoder = alpha_decoder(stream)
        frames = (frame for packet in packets for frame in decoded(packet, decoder))
        for frame in deinterlaced(frames, path):
            upright = upright or Orientation.of(frame)
            pixels = frame_pixels(frame)
            yield upright(on_white(pixels) if pixels.shape[2] == 4 else pixels)
        if upright is None:
            raise UserError(f"{path}: none of its frames can be decoded")


def _end(packet: "av.Packet[Any]") -> float:
    """End of a packet's frame, seconds."""
    ticks = (packet.pts or packet.dts or 0) + (packet.duration or 0)
    return float(ticks * packet.time_base)
