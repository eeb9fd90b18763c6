"""A video file, whole or not: what can be decoded of it is, and the rest is said."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import av
from av.container import InputContainer

from kunster.errors import UserError

WHOLE = 0.95  # of the announced seconds; a file that ends before is said to be cut off

logger = logging.getLogger(__name__)


def open_video(path: Path) -> InputContainer:
    """The file, opened; it has at least one stream of pictures.

    Raises:
        UserError: no such file, no video, or one without pictures.
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
        raise UserError(f"{path}: holds no pictures")
    return container


def whole_packets(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
    """The whole packets up to where the file makes no sense any more."""
    try:
        # a decoder with threads would lose frames before a packet that is cut off, or invent one
        yield from (packet for packet in packets if not packet.is_corrupt)
    except av.FFmpegError:
        return


def decoded(packet: av.Packet) -> list[av.VideoFrame]:
    """The frames that a packet completes; a damaged one completes none, those after it may."""
    try:
        return [frame for frame in packet.decode() if isinstance(frame, av.VideoFrame)]
    except av.FFmpegError:
        return []


def warn_if_cut_off(path: Path, container: InputContainer, end: float) -> None:
    """Says so if the pictures end, after `end` seconds, before what the file announces."""
    announced = (container.duration or 0) / av.time_base
    if end < WHOLE * announced:
        logger.warning(
            "%s: cut off or damaged, its pictures end after %.1f of %.1f s; these are used",
            path, end, announced,
        )  # fmt: skip
