import struct
from fractions import Fraction
from itertools import pairwise

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import Colorspace, ColorTrc

from kunster.errors import UserError
from kunster.video.reader import VideoReader

from .clips import number_of, numbered, times_of, write_clip


def read(path, size=(64, 160), photo_size=None):
    return list(VideoReader(path).frames(size, photo_size))


def numbers(frames):
    return [number_of(frame.picture) for frame in frames]


def turn(path, degrees):
    """Writes a clockwise rotation into the track's head, as a phone held upright does."""
    content = bytearray(path.read_bytes())
    at = content.index(b"tkhd") + 4 + 40  # version 0: the matrix comes after 40 bytes
    a, b = round(np.cos(np.deg2rad(degrees))), round(np.sin(np.deg2rad(degrees)))
    one = 1 << 16
    content[at : at + 36] = struct.pack(
        ">9i", a * one, b * one, 0, -b * one, a * one, 0, 0, 0, 1 << 30
    )
    path.write_bytes(content)


@pytest.mark.parametrize("count", [1, 2, 75])
def test_every_frame_comes_once_and_in_order(tmp_path, count):
    reader = VideoReader(write_clip(tmp_path / "a.mp4", [numbered(n) for n in range(count)]))
    assert (reader.size, reader.rate, reader.frames_announced) == ((64, 160), 25, count)
    frames = list(reader.frames((64, 160)))
    assert numbers(frames) == list(range(count))
    assert [frame.pts * reader.time_base for frame in frames] == [
        Fraction(number, 25) for number in range(count)
    ]
    assert {frame.duration * reader.time_base for frame in frames} == {Fraction(1, 25)}


def test_a_real_video_is_scaled_as_opencv_does_it_later(real):
    path = real("video", "clips", "drawing_1080p25.mp4")
    found = next(VideoReader(path).frames((320, 480))).picture
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
    whole = frame.to_ndarray(format="rgb24", src_colorspace=Colorspace.ITU709)
    expected = cv2.resize(whole, (480, 320), interpolation=cv2.INTER_AREA)
    difference = np.abs(found.astype(int) - expected)
    assert difference.mean() < 1.5
    assert np.percentile(difference, 99) < 6


def test_a_picture_made_smaller_keeps_no_pattern_that_it_cannot_show(tmp_path):
    stripes = np.zeros((256, 640, 3), np.uint8)
    stripes[:, ::2] = 255
    path = write_clip(tmp_path / "a.mkv", [stripes], "ffv1", "bgr0")
    picture = read(path, (64, 160))[0].picture
    assert np.abs(picture.astype(int) - 127.5).max() < 8


def test_the_photo_at_another_size_is_the_same_frame(tmp_path):
    path = write_clip(tmp_path / "a.mp4", [numbered(n, 128, 320) for n in range(9)])
    frames = read(path, (64, 160), (128, 320))
    assert [frame.photo.shape for frame in frames] == [(128, 320, 3)] * 9
    assert [number_of(frame.photo) for frame in frames] == numbers(frames) == list(range(9))
    assert all(frame.photo is frame.picture for frame in read(path))


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_video_filmed_on_its_side_is_turned_upright(tmp_path, degrees):
    path = write_clip(tmp_path / "phone.mp4", [numbered(3)])
    turn(path, degrees)
    capture = cv2.VideoCapture(str(path))
    expected = cv2.cvtColor(capture.read()[1], cv2.COLOR_BGR2RGB)
    reader = VideoReader(path)
    assert reader.size == expected.shape[:2]
    found = next(reader.frames(reader.size)).picture
    assert np.abs(found.astype(int) - expected).mean() < 2


def test_pixels_that_are_not_square_become_square(tmp_path):
    path = write_clip(tmp_path / "a.mp4", [numbered(0)], sample_aspect_ratio=Fraction(3, 2))
    assert VideoReader(path).size == (64, 240)


def test_uneven_times_are_kept(tmp_path):
    times = [0, 100, 150, 900, 2000, 2001]  # ms
    path = write_clip(
        tmp_path / "a.mkv",
        [numbered(n) for n in range(6)],
        times=times,
        time_base=Fraction(1, 1000),
    )
    reader = VideoReader(path)
    frames = list(reader.frames((64, 160)))
    assert [frame.pts * reader.time_base * 1000 for frame in frames] == times


def test_a_clock_that_starts_late_starts_at_0(tmp_path):
    path = write_clip(tmp_path / "a.mkv", [numbered(n) for n in range(5)], times=range(50, 55))
    assert times_of(path)[0] == 2
    reader = VideoReader(path)
    seconds = [frame.pts * reader.time_base for frame in reader.frames((64, 160))]
    assert seconds == [Fraction(number, 25) for number in range(5)]


def test_frames_without_times_follow_one_another(tmp_path):
    path = write_clip(tmp_path / "a.h264", [numbered(n) for n in range(8)])
    frames = read(path)
    assert numbers(frames) == list(range(8))
    assert all(b.pts - a.pts == a.duration > 0 for a, b in pairwise(frames))


def test_times_that_jump_back_go_on_growing(tmp_path):
    first = write_clip(tmp_path / "a.ts", [numbered(n) for n in range(8)])
    second = write_clip(tmp_path / "b.ts", [numbered(n) for n in range(8, 16)])
    first.write_bytes(first.read_bytes() + second.read_bytes())
    assert any(a > b for a, b in pairwise(times_of(first)))
    frames = read(first)
    assert numbers(frames) == list(range(16))
    assert all(0 < b.pts - a.pts <= 2 * a.duration for a, b in pairwise(frames))


def test_what_reception_has_lost_costs_no_frame(tmp_path):
    """One of the packets of 188 bytes of a frame: decoders mend it, and players show it."""
    noise = np.random.default_rng(0).integers(0, 60, (64, 160, 3), np.uint8)
    clip = [numbered(n) // 2 + np.roll(noise, n, 1) for n in range(30)]
    path = write_clip(tmp_path / "a.ts", clip, "mpeg2video", bit_rate=2_000_000)
    content = path.read_bytes()
    middle = len(content) // 376 * 188
    path.write_bytes(content[:middle] + content[middle + 188 :])
    with av.open(str(path)) as container:
        assert any(packet.is_corrupt for packet in container.demux())
    assert len(read(path)) == 30


def test_ten_bits_become_eight(tmp_path):
    path = write_clip(tmp_path / "a.mp4", [numbered(n) for n in range(5)], pix_fmt="yuv420p10le")
    assert numbers(read(path)) == list(range(5))


def test_behind_transparent_pixels_there_is_white_and_it_is_said(tmp_path, caplog):
    pixels = np.zeros((64, 96, 4), np.uint8)
    pixels[..., 0] = 200
    pixels[:, 32:64, 3], pixels[:, 64:, 3] = 128, 255
    picture = read(write_clip(tmp_path / "a.mkv", [pixels], "ffv1", "bgra"), (64, 96))[0].picture
    assert picture[9, 9].tolist() == pytest.approx((255, 255, 255), abs=1)
    assert picture[9, 48].tolist() == pytest.approx((200 + 27, 127, 127), abs=2)
    assert picture[9, 80].tolist() == pytest.approx((200, 0, 0), abs=1)
    assert "white is put behind its transparency" in caplog.text


def test_hdr_is_read_with_a_warning(tmp_path, caplog):
    path = write_clip(
        tmp_path / "a.mp4", [numbered(1)], pix_fmt="yuv420p10le", color_trc=ColorTrc.SMPTE2084
    )
    assert numbers(read(path)) == [1]
    assert "HDR10" in caplog.text


@pytest.mark.parametrize(("height", "width"), [(65, 161), (64, 131), (67, 160)])
def test_odd_sizes(tmp_path, height, width):
    clip = [numbered(n, height, width) for n in range(4)]
    reader = VideoReader(write_clip(tmp_path / "a.mkv", clip, "ffv1", "bgr0"))
    assert reader.size == (height, width)
    assert numbers(reader.frames((68, 164))) == list(range(4))


def test_a_resolution_that_changes_is_brought_to_the_first(tmp_path):
    parts = [
        write_clip(tmp_path / f"{height}.h264", [numbered(n, height, width) for n in span])
        for height, width, span in ((64, 160, range(5)), (128, 320, range(5, 9)))
    ]
    path = tmp_path / "a.h264"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    frames = read(path)
    assert numbers(frames) == list(range(9))
    assert {frame.picture.shape for frame in frames} == {(64, 160, 3)}


def test_a_shape_that_changes_is_fitted_in_on_black(tmp_path):
    white = [np.full((height, width, 3), 255, np.uint8) for height, width in ((64, 128), (128, 64))]
    parts = [write_clip(tmp_path / f"{n}.h264", [frame]) for n, frame in enumerate(white)]
    path = tmp_path / "a.h264"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    first, second = (frame.picture for frame in read(path, (64, 128)))
    assert first.min() > 250
    assert second[:, 48:80].min() > 250
    assert second[:, :47].max() == second[:, 81:].max() == 0


def test_a_file_that_was_cut_off_gives_what_it_has_and_a_warning(tmp_path, caplog):
    path = write_clip(tmp_path / "a.mp4", [numbered(n) for n in range(200)])
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 3 // 4])
    found = numbers(read(path))
    assert 20 < len(found) < 200
    # the last ones are stored before frames that are shown earlier and were cut off
    assert found[:-4] == list(range(len(found) - 4))
    assert found == sorted(set(found))
    assert "cut off or damaged" in caplog.text


@pytest.mark.parametrize("kind", ["missing", "text", "sound only", "cut off early"])
def test_what_is_no_video_is_refused_in_one_line(tmp_path, kind, capfd):
    path = tmp_path / "a.mp4"
    if kind == "text":
        path.write_text("no video")
    elif kind == "sound only":
        with av.open(str(path), "w") as container:
            stream = container.add_stream("aac", rate=48000)
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 9600), np.int16), format="s16")
            frame.sample_rate = 48000
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    elif kind == "cut off early":
        path.write_bytes(write_clip(path, [numbered(0)]).read_bytes()[:200])
    with pytest.raises(UserError, match=r"a\.mp4: ") as raised:
        VideoReader(path)
    assert "\n" not in str(raised.value)
    assert capfd.readouterr().err == ""
