"""Packets of recordings that were joined end to end, on one clock."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer
from av.stream import Stream

from kunster.data.video_file import readable_packets

TS_DISCONT = 0x200  # AVFMT_TS_DISCONT of libavformat/avformat.h
# seconds by which times go back or forward where another recording begins; the sound of the one
# before may last a little longer than its pictures
BACK, FORWARD = {"video": Fraction(0), "audio": Fraction(1, 10)}, 10


def packets_of(container: InputContainer, streams: Sequence[Stream]) -> Iterator["av.Packet[Any]"]:
    """Packets of some streams, as far as the file can be parsed; damaged ones are left out.

    Those of formats that may be joined, such as MPEG-TS, have times that go on: where the times of
    a stream jump, all streams are shifted alike from there on, so that pictures and sound stay
    together. The shifts are the same whichever streams are asked for. Damaged pictures of such
    formats are kept.
    """
    if not container.format.flags & TS_DISCONT:
        yield from readable_packets(container.demux(streams))
        return
    asked = {stream.index for stream in streams}
    # FFmpeg takes the last packet before a join for damaged, and what reception has damaged is
    # mended by decoders, so players show it
    everything = readable_packets(container.demux(), damaged="video")
    for packet in _on_one_clock(everything):
        if packet.stream.index in asked:
            yield packet


def _on_one_clock(packets: Iterable["av.Packet[Any]"]) -> Iterator["av.Packet[Any]"]:
    shift, last, ends = Fraction(0), dict[int, Fraction](), dict[int, Fraction]()  # seconds
    for packet in packets:
        kind, index, unit = packet.stream.type, packet.stream.index, packet.time_base
        if packet.dts is not None and kind in BACK:
            time = packet.dts * unit + shift
            back = index in last and time <= last[index] - BACK[kind]
            if back or (ends and time > max(ends.values()) + FORWARD):
                due = ends.get(index, time)
                shift, time = shift + due - time, due
            ticks = round(shift / unit)
            packet.dts += ticks
            packet.pts = None if packet.pts is None else packet.pts + ticks
            last[index], ends[index] = time, time + (packet.duration or 0) * unit
        yield packet
