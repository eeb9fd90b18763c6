"""Sound and subtitles from one file to another, as far as common players play them there."""

import logging
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import NamedTuple, TypeAlias, TypeVar

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.stream import Stream
from av.subtitles.stream import SubtitleStream

from kunster.data.joined import packets_of
from kunster.data.video_file import open_container
from kunster.video.source import SoundFile
from kunster.video.tags import copy_tags

# Hz, ISO/IEC 14496-3, table 1.18
AAC_RATES = (
    *(96000, 88200, 64000, 48000, 44100, 32000),
    *(24000, 22050, 16000, 12000, 11025, 8000, 7350),
)
LAYOUTS = {1: "mono", 2: "stereo"}  # by number of channels
# what phones, browsers and desktop players play in MP4 and QuickTime; other formats are as they are
PLAYED = {
    "mp4": {"aac", "mp3", "opus", "flac"},
    "mov": {"aac", "mp3", "alac", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be"},
}
GAP = 0.1  # seconds; shorter ones between packets are errors of rounding

Kind = TypeVar("Kind", bound=Stream)
AudioPacket: TypeAlias = "av.Packet[AudioStream]"
# output packets for an input packet, so many ticks earlier; an empty packet is the last
Track = Callable[[AudioPacket, int], list[AudioPacket]]

logger = logging.getLogger(__name__)


class Sound(NamedTuple):
    """Packets for the output that start at `second`."""

    second: float
    packets: list[AudioPacket]


@contextmanager
def sound_tracks(
    file: SoundFile | None, output: OutputContainer, strip: bool = False
) -> Iterator[Callable[[float], None]]:
    """Copies sound, subtitles, tags and chapters of a file to another that is being written.

    Sound is copied if common players play its codec in the output format, else encoded, as AAC or
    for WebM as Opus, with a warning. Languages, titles and roles of tracks are kept. Subtitles that
    the format has not are left out, with a warning. The file is opened a second time, so that
    sound never waits for pictures.

    Args:
        file: None for silence.
        output: nothing may have been written to it yet.
        strip: leave out tags and chapters.

    Yields:
        A function that writes the packets that start before a time in seconds.
    """
    if file is None:
        yield lambda second: None
        return
    with open_container(file.path) as source:
        if not strip:
            copy_tags(source, output)
        sounds = _sounds(source, output, file.begins)
        ahead = next(sounds, None)

        def write_until(second: float) -> None:
            nonlocal ahead
            while ahead is not None and ahead.second < second:
                output.mux(ahead.packets)
                ahead = next(sounds, None)

        yield write_until


def _sounds(source: InputContainer, output: OutputContainer, begins: Fraction) -> Iterator[Sound]:
    tracks: dict[int, Track] = {}
    for sound in _readable(source.streams.audio):
        tracks[sound.index] = _track(sound, output)
    for subtitles in _readable(source.streams.subtitles):
        if track := _subtitle_track(subtitles, output):
            tracks[subtitles.index] = track
    streams = [stream for stream in source.streams if stream.index in tracks]
    second = 0.0
    for packet in packets_of(source, streams) if streams else ():
        if packet.dts is not None:
            second = float(packet.dts * packet.time_base - begins)
        shift = round(begins / packet.time_base)
        yield Sound(second, tracks[packet.stream.index](packet, shift))


class _Copied:
    """Packets as they are, at times that grow."""

    def __init__(self, target: AudioStream | SubtitleStream) -> None:
        self._target, self._last = target, -(1 << 62)
        self._rate = target.rate if isinstance(target, AudioStream) else 1000

    def __call__(self, packet: AudioPacket, shift: int) -> list[AudioPacket]:
        if packet.dts is None:
            return []
        sample = math.ceil(1 / (self._rate * packet.time_base))  # the least in MP4
        late = max(0, self._last + sample - (packet.dts - shift))  # where recordings overlap
        packet.pts = packet.dts if packet.pts is None else packet.pts
        packet.pts, packet.dts = packet.pts - shift + late, packet.dts - shift + late
        self._last = packet.dts
        packet.stream = self._target  # type: ignore[assignment]
        return [packet]


class _Encoded:
    """Packets decoded and encoded anew; silence is left where the sound pauses."""

    def __init__(self, target: AudioStream) -> None:
        self._target = target
        self._end: int | None = None  # samples where the sound so far ends

    def __call__(self, packet: AudioPacket, shift: int) -> list[AudioPacket]:
        packets: list[AudioPacket] = []
        for frame in _heard(packet):
            unit = Fraction(1, frame.sample_rate)
            begins = self._begins(frame, shift)
            frame.pts, frame.time_base = begins, unit
            self._end = begins + frame.samples
            packets += self._target.encode(frame)
        return packets if packet.size else packets + self._target.encode(None)

    def _begins(self, frame: av.AudioFrame, shift: int) -> int:
        """Sample with which a frame begins: where the one before ends, unless there is a gap."""
        if frame.pts is None or frame.time_base is None:
            return self._end or 0
        begins = round((frame.pts - shift) * frame.time_base * frame.sample_rate)
        if self._end is None or begins > self._end + GAP * frame.sample_rate:
            return begins
        return self._end


def _track(stream: AudioStream, output: OutputContainer) -> Track:
    if _is_played(stream, output):
        copy = output.add_stream_from_template(stream)
        _describe(stream, copy)
        return _Copied(copy)
    target = _encoder(stream, output)
    _describe(stream, target)
    logger.warning(
        "%s: its sound (%s) is not commonly played in %s files: encoded as %s",
        *(stream.container.name.removeprefix("file:"), stream.codec_context.name),
        *(output.format.name, target.codec_context.name.removeprefix("lib").upper()),
    )
    return _Encoded(target)


def _readable(streams: Iterable[Kind]) -> Iterator[Kind]:
    """Streams that have a decoder, and a rate if they are sound; a warning names each other."""
    for stream in streams:
        if stream.codec_context is not None and getattr(stream, "rate", 1) != 0:
            yield stream
        else:
            logger.warning(
                "%s: its %s track %d is of an unknown kind: left out",
                *(stream.container.name.removeprefix("file:"), stream.type, stream.index),
            )


def _subtitle_track(stream: SubtitleStream, output: OutputContainer) -> Track | None:
    codec = stream.codec_context.codec
    if not {codec.name, codec.canonical_name} & output.supported_codecs:
        logger.warning(
            "%s: its subtitles (%s) do not go into %s files: left out",
            *(stream.container.name.removeprefix("file:"), codec.name, output.format.name),
        )
        return None
    target = output.add_stream_from_template(stream)
    _describe(stream, target)
    return _Copied(target)


def _describe(stream: Stream, target: Stream) -> None:
    """Gives a track its language, title and role (default, commentary, …) in the output."""
    tags = stream.metadata
    title = tags.get("title") or tags.get("name")  # as Matroska and MP4 call it
    kept = {"language": tags.get("language"), "title": title}
    target.metadata.update({key: value for key, value in kept.items() if value})
    target.disposition = stream.disposition


def _is_played(stream: AudioStream, output: OutputContainer) -> bool:
    codec = stream.codec_context.codec
    played = PLAYED.get(output.format.name, output.supported_codecs)
    return bool({codec.name, codec.canonical_name} & played)


def _encoder(stream: AudioStream, output: OutputContainer) -> AudioStream:
    """A stream in the format's common codec, with the rate and channels of another."""
    kind, name = output.format.name, stream.codec_context.name
    if kind == "webm":
        codec, rate = "libopus", 48000
    elif kind == "matroska" and name.startswith("pcm_"):
        codec, rate = "flac", stream.rate
    else:
        codec, rate = "aac", stream.rate if stream.rate in AAC_RATES else 48000
    encoded = output.add_stream(codec, rate=rate)
    assert isinstance(encoded, AudioStream)
    # some layouts give the number of channels without their places; Opus has none at the side
    layout = stream.layout.name.removesuffix("(side)") if kind == "webm" else stream.layout
    encoded.layout = LAYOUTS.get(stream.channels, layout)
    return encoded


def _heard(packet: AudioPacket) -> list[av.AudioFrame]:
    """Frames of a packet; none of a damaged one."""
    try:
        return packet.decode()
    except av.FFmpegError:
        return []
