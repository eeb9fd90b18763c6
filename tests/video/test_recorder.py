from contextlib import closing
from fractions import Fraction

from kunster.video.recorder import Recorder

from .clips import frames_of, number_of, numbered, times_of


def test_each_time_is_a_film_that_begins_at_0(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with closing(Recorder(Fraction(25), Fraction(1, 1000), quality=18)) as recorder:
        for number in range(8):
            recorder.follow(number in (2, 3, 4, 6, 7), numbered(number), 40 * number, 40)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["camera_1.mp4", "camera_2.mp4"]
    assert [number_of(frame) for frame in frames_of("camera_1.mp4")] == [2, 3, 4]
    assert [number_of(frame) for frame in frames_of("camera_2.mp4")] == [6, 7]
    assert times_of("camera_2.mp4") == [0, Fraction(1, 25)]
