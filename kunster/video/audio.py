"""Sound tracks from one file to another, copied if the format allows, else encoded."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from typing import NamedTuple, TypeAlias

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer

from kunster.data.video_file import whole_packets
from kunster.video.source import SoundFile

# Hz, ISO/IEC 14496-3, table 1.18
AAC_RATES = (
    *(96000, 88200, 64000, 48000, 44100, 32000),
    *(24000, 22050, 16000, 12000, 11025, 8000, 7350),
)
LAYOUTS = {1: "mono", 2: "stereo"}  # by number of channels

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
    file: SoundFile | None, output: OutputContainer
) -> Iterator[Callable[[float], None]]:
    """Copies all sound of a file to another that is being written.

    Packets are copied if the output format allows their codec, else encoded as AAC with a warning.
    The file is opened a second time, so that sound never waits for pictures.

    Args:
        file: None for silence.
        output: nothing may have been written to it yet.

    Yields:
        A function that writes the packets that start before a time in seconds.
    """
    if file is None:
        yield lambda second: None
        return
    with av.open(str(file.path)) as source:
        sounds = _sounds(source, output, file.begins)
        ahead = next(sounds, None)

        def write_until(second: float) -> None:
            nonlocal ahead
            while ahead is not None and ahead.second < second:
                output.mux(ahead.packets)
                ahead = next(sounds, None)

        yield write_until


def _sounds(source: InputContainer, output: OutputContainer, begins: Fraction) -> Iterator[Sound]:
    streams = source.streams.audio
    tracks = {stream.index: _track(stream, output) for stream in streams}
    second = 0.0
    for packet in whole_packets(source.demux(streams)) if streams else ():
        if packet.dts is not None:
            second = float(packet.dts * packet.time_base - begins)
        shift = round(begins / packet.time_base)
        yield Sound(second, tracks[packet.stream.index](packet, shift))


def _copied(target: AudioStream, packet: AudioPacket, shift: int) -> list[AudioPacket]:
    if packet.dts is None:
        return []
    packet.pts = packet.dts if packet.pts is None else packet.pts
    packet.pts, packet.dts, packet.stream = packet.pts - shift, packet.dts - shift, target
    return [packet]


def _encoded(target: AudioStream, packet: AudioPacket, shift: int) -> list[AudioPacket]:
    packets: list[AudioPacket] = []
    for frame in _heard(packet):
        frame.pts = None if frame.pts is None else frame.pts - shift
        packets += target.encode(frame)
    return packets if packet.size else packets + target.encode(None)


def _track(stream: AudioStream, output: OutputContainer) -> Track:
    if stream.codec_context.codec.canonical_name in output.supported_codecs:
        return partial(_copied, output.add_stream_from_template(stream))
    logger.warning(
        "%s: its sound (%s) does not go into %s files: encoded as AAC",
        *(stream.container.name, stream.codec_context.name, output.format.name),
    )
    rate = stream.rate if stream.rate in AAC_RATES else 48000
    encoded = output.add_stream("aac", rate=rate)
    # some layouts give the number of channels without their places
    encoded.layout = LAYOUTS.get(stream.channels, stream.layout)
    return partial(_encoded, encoded)


def _heard(packet: AudioPacket) -> list[av.AudioFrame]:
    """Frames of a packet; none of a damaged one."""
    try:
        return packet.decode()
    except av.FFmpegError:
        return []
