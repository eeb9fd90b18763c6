import logging
import os
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from kunster.errors import UserError
from kunster.video.writer import write_video

from .clips import number_of, numbered


def flat(*colour, height=64, width=64):
    return np.full((height, width, 3), colour, np.uint8)


def test_frames_come_back_in_order_at_their_rate_and_size(tmp_path):
    path = tmp_path / "new" / "numbers.mp4"
    assert write_video(path, map(numbered, range(40)), Fraction(30000, 1001)) == 40
    with av.open(str(path)) as container:
        (stream,) = container.streams
        found = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        assert stream.average_rate == Fraction(30000, 1001)
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert stream.start_time == 0
        assert stream.duration * stream.time_base == Fraction(40 * 1001, 30000)
    assert [number_of(frame) for frame in found] == list(range(40))
    assert found[0].shape == (64, 160, 3)


def test_opencv_reads_the_same_frames(tmp_path):
    path = tmp_path / "numbers.mp4"
    write_video(path, map(numbered, range(9)), 25.0)
    video = cv2.VideoCapture(str(path))
    assert video.get(cv2.CAP_PROP_FPS) == 25
    assert [number_of(video.read()[1]) for _ in range(9)] == list(range(9))
    assert not video.read()[0]


def bt709(y, cb, cr):
    """ITU-R BT.709-6, items 3.3 to 3.5, limited range to RGB in [0, 255]."""
    y, cb, cr = (y - 16) / 219, (cb - 128) / 224, (cr - 128) / 224
    red, blue = y + 1.5748 * cr, y + 1.8556 * cb
    return np.array([red, (y - 0.2126 * red - 0.0722 * blue) / 0.7152, blue]) * 255


COLOURS = [(0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 255, 0), (0, 0, 255), (200, 120, 40)]


@pytest.mark.parametrize("colour", COLOURS)
def test_what_is_stored_is_the_colour_in_bt709(tmp_path, colour):
    path = tmp_path / "flat.mp4"
    write_video(path, [flat(*colour)] * 3, 25)
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
    assert (frame.colorspace, frame.color_range) == (Colorspace.ITU709, ColorRange.MPEG)
    planes = [np.frombuffer(plane, np.uint8)[0].item() for plane in frame.planes]
    assert bt709(*planes) == pytest.approx(colour, abs=3)


def test_a_lower_quality_makes_a_smaller_file(tmp_path):
    random = np.random.default_rng(0)
    frames = [random.integers(0, 256, (64, 64, 3), np.uint8) for _ in range(3)]
    for quality in (10, 40):
        write_video(tmp_path / f"{quality}.mp4", frames, 25, quality)
    assert (tmp_path / "40.mp4").stat().st_size < (tmp_path / "10.mp4").stat().st_size / 2


def test_the_index_stands_before_the_pictures(tmp_path):
    write_video(tmp_path / "a.mp4", [flat(9, 9, 9)] * 3, 25)
    data = (tmp_path / "a.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_odd_sides_grow_by_repeating_the_edge_and_it_is_said(tmp_path, caplog):
    frame = flat(0, 0, 0, height=65, width=67)
    frame[-1], frame[:, -1] = 255, 255
    with caplog.at_level(logging.WARNING):
        write_video(tmp_path / "odd.mp4", [frame] * 2, 25, quality=1)
    assert "67x65 are written as 68x66" in caplog.text
    with av.open(str(tmp_path / "odd.mp4")) as container:
        found = next(container.decode(video=0)).to_ndarray(format="gray")
    assert found.shape == (66, 68)
    assert found[-2:].min() > 200
    assert found[:, -2:].min() > 200
    assert found[:60, :60].max() < 40


def some_sizes():
    yield flat(0, 0, 0)
    yield flat(0, 0, 0, width=66)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (([], 25), "no frames"),
        ((some_sizes(), 25), "frame 2 is 66x64, the first is 64x64"),
        (([flat(0, 0, 0)], 0), "frames_per_second=0: must be more than 0"),
        (([flat(0, 0, 0)], 25, 52), "quality=52: must be from 0"),
    ],
)
def test_what_makes_no_video_is_refused_in_one_line_and_leaves_nothing(
    tmp_path, arguments, complaint
):
    with pytest.raises(UserError, match=complaint) as caught:
        write_video(tmp_path / "a.mp4", *arguments)
    assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_is_refused_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"a\.mp4: cannot be written"):
        write_video(tmp_path / "file" / "a.mp4", [flat(0, 0, 0)], 25)


def test_a_failure_on_the_way_leaves_the_video_that_was_there(tmp_path):
    path = tmp_path / "a.mp4"
    write_video(path, [flat(9, 9, 9)] * 3, 25)
    before = path.read_bytes()
    with pytest.raises(UserError, match="one size"):
        write_video(path, some_sizes(), 25)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.mp4"]
