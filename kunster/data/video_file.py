"""Reading of video files that may be truncated or damaged."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer

from kunster.errors import UserError

WHOLE = 0.95  # share of the declared duration; a file that ends before it is truncated

logger = logging.getLogger(__name__)


def open_video(path: Path) -> InputContainer:
    """Opens a file that has at least one video stream.

    Raises:
        UserError: no such file, not a video, or only sound.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such video file or folder of frames")
    try:
        container = av.open(str(path))
    except av.FFmpegError as error:
        reason = f"{error.strerror}: cut off, damaged or of an unknown kind"
        raise UserError(f"{path}: not a video that can be decoded ({reason})") from error
    if not container.streams.video:
        container.close()
        raise UserError(f"{path}: has no video stream")
    return container


def whole_packets(packets: Iterable["av.Packet[Any]"]) -> Iterator["av.Packet[Any]"]:
    """Intact packets up to the first place where the file cannot be parsed."""
    try:
        # a threaded decoder loses or invents frames at a truncated packet
        yield from (packet for packet in packets if not packet.is_corrupt)
    except av.FFmpegError:
        return


def decoded(packet: "av.Packet[Any]") -> list[av.VideoFrame]:
    """Frames that a packet completes; none for a damaged packet."""
    try:
        return [frame for frame in packet.decode() if isinstance(frame, av.VideoFrame)]
    except av.FFmpegError:
        return []


def warn_if_cut_off(path: Path, container: InputContainer, end: float) -> None:
    """Warns if the frames end, after `end` seconds, before the declared duration."""
    announced = (container.duration or 0) / av.time_base
    if end < WHOLE * announced:
        logger.warning(
            "%s: cut off or damaged: its frames end after %.1f of %.1f s; these are used",
            path, end, announced,
        )  # fmt: skip
