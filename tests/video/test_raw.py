import io
from fractions import Fraction

import numpy as np
import pytest

from kunster.errors import UserError
from kunster.video.raw import RawReader, RawWriter

from .clips import number_of, numbered


def stream_of(count, extra=b""):
    return io.BytesIO(b"".join(numbered(n).tobytes() for n in range(count)) + extra)


def test_frames_come_through_a_pipe_as_they_went_in():
    pipe = io.BytesIO()
    writer = RawWriter(pipe)
    for frame in RawReader(stream_of(7), (64, 160), Fraction(25)).frames((64, 160)):
        assert frame.pts == number_of(frame.picture)
        writer.write(frame.picture)
    assert pipe.getvalue() == stream_of(7).getvalue()


def test_frames_are_scaled_for_the_network_and_for_the_photo():
    reader = RawReader(stream_of(3), (64, 160), Fraction(25))
    frames = list(reader.frames((128, 320), (32, 80)))
    assert {(frame.picture.shape, frame.photo.shape) for frame in frames} == {
        ((128, 320, 3), (32, 80, 3))
    }
    assert [number_of(frame.picture) for frame in frames] == [0, 1, 2]
    assert [number_of(frame.photo) for frame in frames] == [0, 1, 2]


def test_a_stream_that_ends_in_a_frame_is_said_to():
    frames = RawReader(stream_of(2, b"more"), (64, 160), Fraction(25)).frames((64, 160))
    assert len([next(frames), next(frames)]) == 2
    with pytest.raises(UserError, match="ends in the middle of frame 3, after 4 of 30720 bytes"):
        next(frames)


def test_a_reader_that_has_gone_is_said_in_one_line():
    class Closed(io.BytesIO):
        def write(self, content):
            raise BrokenPipeError

    with pytest.raises(UserError, match="the program that reads the frames has ended"):
        RawWriter(Closed()).write(np.zeros((4, 4, 3), np.uint8))
