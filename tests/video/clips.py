"""Small videos with something to read in every frame, in as many odd ways as there are."""

from fractions import Fraction
from itertools import pairwise

import av
import numpy as np

BITS = 10


def numbered(number, height=64, width=160):
    """A frame that carries its number in binary, as bright and dark blocks from left to right."""
    bits = [255 * (number >> bit & 1) for bit in range(BITS)]
    row = np.repeat(np.uint8(bits), width // BITS)
    row = np.pad(row, (0, width - len(row)), mode="edge")
    return np.broadcast_to(row[None, :, None], (height, width, 3)).copy()


def number_of(frame):
    edges = np.linspace(0, frame.shape[1], BITS + 1).round().astype(int)
    blocks = [frame[:, left:right].mean() for left, right in pairwise(edges)]
    return sum(int(block > 127) << bit for bit, block in enumerate(blocks))


def write_clip(
    path,
    frames,
    codec="libx264",
    pix_fmt="yuv420p",
    rate=25,
    times=None,
    time_base=None,
    sound=None,
    options=None,
    **context,
):
    """A video whose `times` are in ticks; `sound` is a codec's name, for a tone as long as that."""
    movable = {"movflags": "faststart"} if path.suffix in (".mp4", ".mov") else {}
    with av.open(str(path), "w", options=movable) as container:
        stream = container.add_stream(codec, rate=rate, options=options or {})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pix_fmt
        stream.codec_context.time_base = time_base or 1 / Fraction(rate)
        for name, value in context.items():
            setattr(stream.codec_context, name, value)
        tone = sound and container.add_stream(sound, rate=48000)
        for number, picture in enumerate(frames):
            kind = "rgba" if picture.shape[2] == 4 else "rgb24"
            frame = av.VideoFrame.from_ndarray(picture, format=kind)
            frame.pts = number if times is None else times[number]
            frame.time_base = stream.codec_context.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if tone:
            add_tone(container, tone, len(frames) / rate)
    return path


def add_tone(container, stream, seconds, hertz=440):
    samples = np.arange(round(48000 * seconds)) / 48000
    wave = (8000 * np.sin(2 * np.pi * hertz * samples)).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(np.repeat(wave, 2)[None], format="s16", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
    container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def frames_of(path):
    """All frames, uint8 RGB."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def times_of(path):
    """When each frame is shown, in seconds."""
    with av.open(str(path)) as container:
        return [frame.pts * frame.time_base for frame in container.decode(video=0)]
