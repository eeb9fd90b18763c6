"""When frames are shown, where files say it badly."""

from fractions import Fraction
from itertools import pairwise

import av
import pytest

from kunster.video.reader import VideoReader
from kunster.video.writer import writing_video

from .clips import number_of, numbered, times_of, write_clip


def test_avi_with_b_frames_keeps_its_length(tmp_path):
    """AVI has no presentation times, so those of the decoder go back and forth."""
    path = write_clip(
        tmp_path / "a.avi", [numbered(n) for n in range(50)], options={"bf": "3"}, sound="mp3"
    )
    assert times_of(path) != sorted(times_of(path))
    reader = VideoReader(path)
    frames = list(reader.frames((64, 160)))
    assert [number_of(frame.picture) for frame in frames] == list(range(50))
    seconds = [frame.pts * reader.time_base for frame in frames]
    assert seconds == [Fraction(number, 25) for number in range(50)]


def test_a_container_says_how_long_the_last_frame_is_shown(tmp_path):
    """Five frames in 3 s, the last of which is shown for 1 s."""
    path, times = tmp_path / "a.mp4", [0, 100, 150, 900, 2000, 3000]  # ms
    unit = Fraction(1, 1000)
    with writing_video(path, (64, 160), 2, time_base=unit) as (writer, _):
        for number, (begins, ends) in enumerate(pairwise(times)):
            writer.write(numbered(number), begins, ends - begins)
    with av.open(str(path)) as container:
        assert container.duration / av.time_base == pytest.approx(3, abs=0.001)
    assert [float(time) * 1000 for time in times_of(path)] == pytest.approx(times[:-1], abs=1)
