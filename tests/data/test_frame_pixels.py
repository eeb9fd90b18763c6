"""Colours of films as they were filmed, for what paints and for what trains and measures."""

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from kunster.data.frames import video_frames
from kunster.video.reader import VideoReader

COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "skin": (224, 172, 105)}
BT601, BT709 = Colorspace.ITU601, Colorspace.ITU709


def filmed(path, colour, size, matrix, color_range, tagged):
    """A film of one colour, coded by a matrix that its tags tell or not."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        (stream.height, stream.width), stream.pix_fmt = size, "yuv444p"
        if tagged:
            stream.codec_context.colorspace = matrix
        stream.codec_context.color_range = color_range
        flat = np.full((*size, 3), colour, np.uint8)
        frame = av.VideoFrame.from_ndarray(flat).reformat(
            format="yuv444p", dst_colorspace=matrix, dst_color_range=color_range
        )
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize(
    ("size", "matrix", "color_range", "tagged"),
    [
        ((64, 64), BT709, ColorRange.MPEG, True),
        ((64, 64), BT601, ColorRange.MPEG, True),
        ((720, 64), BT601, ColorRange.MPEG, True),
        ((64, 64), BT709, ColorRange.JPEG, True),
        # as mpv guesses: BT.601 up to 576 rows and below 1280 columns
        ((576, 64), BT601, ColorRange.MPEG, False),
        ((720, 64), BT709, ColorRange.MPEG, False),
        ((64, 1280), BT709, ColorRange.MPEG, False),
    ],
)
def test_colours_are_those_that_were_filmed(tmp_path, colour, size, matrix, color_range, tagged):
    path = filmed(tmp_path / "a.mkv", COLOURS[colour], size, matrix, color_range, tagged)
    reader = VideoReader(path)
    assert reader.full_range == (color_range == ColorRange.JPEG)
    for picture in (next(reader.frames(size)).picture, next(video_frames(path))):
        assert picture[8, 8].tolist() == pytest.approx(COLOURS[colour], abs=4)
