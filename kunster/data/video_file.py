"""Reading of video files that may be truncated or damaged."""

import logging
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from kunster.data.picture_file import is_heic
from kunster.errors import UserError

WHOLE = 0.95  # share of the declared duration; a file that ends before it is truncated

logger = logging.getLogger(__name__)


def open_video(path: Path) -> InputContainer:
    """Opens a file that has at least one video stream.

    Raises:
        UserError: no such file, not a video, a still picture, or only sound.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such video file or folder of frames")
    try:
        container = open_container(path)
    except av.FFmpegError as error:
        reason = f"{error.strerror}: cut off, damaged or of an unknown kind"
        raise UserError(f"{path}: not a video that can be decoded ({reason})") from error
    if _is_still(path, container):
        container.close()
        raise UserError(f"{path}: a picture; a video is wanted here")
    if not any(map(_is_film, container.streams.video)):
        has = "only a cover picture, no video" if container.streams.video else "no video stream"
        container.close()
        raise UserError(f"{path}: has {has}")
    return container


def open_container(path: Path) -> InputContainer:
    """An opened file that FFmpeg knows; bytes in its tags that are no text become `?`."""
    return av.open(url(path), metadata_errors="replace")


def is_video(path: Path) -> bool:
    """Whether FFmpeg finds a film in a file, and no single picture."""
    try:
        open_video(path).close()
    except UserError:
        return False
    return True


def _is_still(path: Path, container: InputContainer) -> bool:
    """Whether a file is a single picture; JPEGs one after the other are a film."""
    name = container.format.name
    if name.startswith("image2") or name.endswith("_pipe"):  # jpeg_pipe, png_pipe, …
        with open_container(path) as again:
            return sum(packet.size > 0 for packet in again.demux(video=0)) == 1
    brand = container.metadata.get("major_brand")
    return (
        is_heic(path)
        or brand == "avif"
        or (name == "gif" and container.streams.video[0].frames == 1)
    )


def url(path: Path) -> str:
    """A path for FFmpeg, which takes `12:30.mp4` for a protocol."""
    return f"file:{path}"


def main_video(container: InputContainer) -> VideoStream:
    """The film of an opened file: no cover or thumbnail; the default stream, else the largest."""
    films = [stream for stream in container.streams.video if _is_film(stream)]

    def rank(stream: VideoStream) -> tuple[bool, bool, int, int]:
        # a track of one picture beside others is a thumbnail, whatever it says of itself
        default = bool(stream.disposition & Disposition.default)
        return stream.frames != 1, default, stream.width * stream.height, -stream.index

    return max(films, key=rank)


def _is_film(stream: VideoStream) -> bool:
    """True for pictures that can be decoded and are no cover."""
    covers = Disposition.attached_pic | Disposition.timed_thumbnails
    return stream.codec_context is not None and not stream.disposition & covers


def readable_packets(
    packets: Iterable["av.Packet[Any]"], damaged: str | None = None
) -> Iterator["av.Packet[Any]"]:
    """Packets up to the first place where the file cannot be parsed.

    Args:
        damaged: type of streams whose damaged packets are wanted too; of others they are left out.
    """
    try:
        for packet in packets:
            # a threaded decoder loses or invents frames at a truncated packet
            if not packet.is_corrupt or packet.stream.type == damaged:
                yield packet
    except av.FFmpegError:
        return


def alpha_decoder(stream: VideoStream) -> VideoCodecContext | None:
    """A decoder for VP8 or VP9 with transparency, which FFmpeg's own leave out; None for others."""
    name = {"vp8": "libvpx", "vp9": "libvpx-vp9"}.get(stream.codec_context.name)
    if name is None or stream.metadata.get("alpha_mode") != "1":
        return None
    decoder = av.CodecContext.create(name, "r")
    assert isinstance(decoder, VideoCodecContext)
    return decoder


def decoded(
    packet: "av.Packet[Any]", decoder: VideoCodecContext | None = None
) -> list[av.VideoFrame]:
    """Frames that a packet completes, by the stream's decoder or another; none if it is damaged."""
    try:
        frames = decoder.decode(packet if packet.size else None) if decoder else packet.decode()
        return [frame for frame in frames if isinstance(frame, av.VideoFrame)]
    except av.FFmpegError:
        return []


def has_alpha(frame: av.VideoFrame) -> bool:
    return any(component.is_alpha for component in frame.format.components)


def warn_if_cut_off(path: Path, stream: VideoStream, end: float) -> None:
    """Warns if a stream's frames end, after `end` seconds, before its declared duration."""
    announced = _announced(stream)
    if end < WHOLE * announced:
        logger.warning(
            "%s: cut off or damaged: its frames end after %.1f of %.1f s; these are used",
            path, end, announced,
        )  # fmt: skip


def _announced(stream: VideoStream) -> float:
    """Seconds that a stream lasts by its file's head; sound may last longer."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if stated := re.match(r"(\d+):(\d+):(\d+\.?\d*)", stream.metadata.get("DURATION", "")):
        hours, minutes, seconds = map(float, stated.groups())  # Matroska's
        return 3600 * hours + 60 * minutes + seconds
    container = stream.container
    assert isinstance(container, InputContainer)
    return (container.duration or 0) / av.time_base
