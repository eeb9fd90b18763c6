import re
import struct
from itertools import islice, pairwise

import cv2
import numpy as np
import pytest
from PIL import Image

from kunster.data.decode import is_picture
from kunster.data.frames import frame_count, video_frames, videos_in
from kunster.errors import UserError
from kunster.video.reader import VideoReader

from ..video.clips import number_of, numbered, write_clip


def decoded_by_opencv(path, count):
    video = cv2.VideoCapture(str(path))
    return [cv2.cvtColor(video.read()[1], cv2.COLOR_BGR2RGB) for _ in range(count)]


def save(frames, folder):
    folder.mkdir(parents=True)
    for number, frame in enumerate(frames):
        Image.fromarray(frame).save(folder / f"{number:04d}.png")
    return folder


def cut_off(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])


def turn(path, degrees):
    """Writes a clockwise rotation into the track's head, as a phone held upright does."""
    content = bytearray(path.read_bytes())
    at = content.index(b"tkhd") + 4 + 40  # version 0: the matrix comes after 40 bytes
    a, b = round(np.cos(np.deg2rad(degrees))), round(np.sin(np.deg2rad(degrees)))
    one = 1 << 16
    matrix = (a * one, b * one, 0, -b * one, a * one, 0, 0, 0, 1 << 30)
    content[at : at + 36] = struct.pack(">9i", *matrix)
    path.write_bytes(content)


def test_frames_of_a_real_video_are_those_that_opencv_decodes(real):
    path = real("video", "clips", "dog_720p.mp4")
    own = list(islice(video_frames(path, short_side=720), 3))
    np.testing.assert_array_equal(own, decoded_by_opencv(path, 3))
    assert next(video_frames(path, short_side=180)).shape == (180, 320, 3)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_video_filmed_on_its_side_is_turned_upright(tmp_path, pan, write_mp4, degrees):
    path = write_mp4(tmp_path / "phone.mp4", pan(3, (4, 0)))
    turn(path, degrees)
    own = list(video_frames(path))
    assert own[0].shape == ((128, 160, 3) if degrees == 180 else (160, 128, 3))
    np.testing.assert_array_equal(own, decoded_by_opencv(path, 3))


def test_pictures_of_a_folder_are_frames_in_the_order_of_their_names(tmp_path, pan):
    frames = list(pan(3, (4, 3)))
    np.testing.assert_array_equal(list(video_frames(save(frames, tmp_path / "frames"))), frames)
    assert frame_count(tmp_path / "frames") == 3


def test_frames_are_counted_without_decoding_them(tmp_path, pan, write_mp4):
    path = write_mp4(tmp_path / "video.mp4", pan(17, (2, 1)))
    assert frame_count(path) == len(list(video_frames(path))) == 17


def test_a_file_that_was_cut_off_gives_what_it_has_and_a_warning(tmp_path, pan, write_mp4, caplog):
    whole = write_mp4(tmp_path / "video.mp4", pan(20, (2, 1)))
    frames = list(video_frames(whole))
    frame_count(whole)
    assert not caplog.records
    cut_off(whole, 0.9)
    found = list(video_frames(whole))
    assert 5 < len(found) < 20
    np.testing.assert_array_equal(found[:5], frames[:5])
    assert frame_count(whole) == len(found)
    assert "cut off or damaged: its frames end after" in caplog.text


def test_a_damaged_packet_is_left_out_and_what_follows_is_decoded(tmp_path, pan, write_mp4):
    path = write_mp4(tmp_path / "video.mp4", pan(20, (2, 1)))
    content = bytearray(path.read_bytes())
    middle = content.index(b"mdat") + (len(content) - content.index(b"mdat")) // 2
    content[middle : middle + 200] = bytes(200)
    path.write_bytes(content)
    assert 10 < len(list(video_frames(path))) <= 20


@pytest.mark.parametrize("kind", ["missing", "text", "empty folder", "cut off early", "no picture"])
def test_what_is_no_video_is_refused_in_one_line(tmp_path, kind, capfd, pan, write_mp4):
    path = tmp_path / "video.mp4"
    if kind == "text":
        path.write_text("no video")
    elif kind == "empty folder":
        path.mkdir()
    elif kind == "cut off early":
        cut_off(write_mp4(path, pan(5, (2, 1))), 0.02)
    elif kind == "no picture":
        path.mkdir()
        (path / "1.png").write_text("no picture")
    for attempt in (lambda: next(video_frames(path)), lambda: frame_count(path)):
        with pytest.raises(UserError) as raised:
            attempt()
        assert str(raised.value).startswith(str(path))
        assert "\n" not in str(raised.value)
    assert capfd.readouterr().err == ""


def test_the_first_picture_of_another_size_is_named(tmp_path, pan):
    folder = save([*pan(2, (1, 0)), *pan(2, (1, 0), size=(128, 128))], tmp_path / "frames")
    says = rf"^{re.escape(str(folder))}: 0002\.png is 128x128, earlier frames are 160x128"
    for attempt in (lambda: next(video_frames(folder)), lambda: frame_count(folder)):
        with pytest.raises(UserError, match=says):
            attempt()


def test_videos_are_found_in_folders_and_a_folder_of_pictures_is_one(tmp_path, pan):
    for name in ("b.MP4", "a/c.webm", "a/cover.png", "a/notes.txt", ".hidden/d.mp4", ".e.mp4"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    save(pan(2, (1, 0)), tmp_path / "frames")
    expected = [tmp_path / name for name in ("b.MP4", "a/c.webm", "frames")]
    assert videos_in(tmp_path) == expected
    assert videos_in(tmp_path / "b.MP4") == [tmp_path / "b.MP4"]


FILMS = {  # by suffix: that of the same format for FFmpeg, and a codec
    **{".3g2": (".3g2", "mpeg4"), ".asf": (".asf", "msmpeg4v2"), ".dv": (".dv", "dvvideo")},
    **{".f4v": (".f4v", "libx264"), ".m1v": (".m1v", "mpeg1video"), ".m2v": (".m2v", "mpeg2video")},
    **{".m2t": (".ts", "mpeg2video"), ".qt": (".mov", "mpeg4"), ".vob": (".vob", "mpeg2video")},
    ".y4m": (".y4m", "wrapped_avframe"),
}


@pytest.mark.parametrize("suffix", FILMS)
def test_films_of_camcorders_discs_and_old_phones_are_found_and_read(tmp_path, suffix):
    same, codec = FILMS[suffix]
    clip = [numbered(n, 576, 720) for n in range(6)]  # DV has no other size
    film = write_clip(tmp_path / f"a{same}", clip, codec).rename(tmp_path / f"film{suffix}")
    assert videos_in(tmp_path) == [film]
    assert [number_of(frame) for frame in video_frames(film)] == list(range(6))
    assert [number_of(frame.picture) for frame in VideoReader(film).frames((64, 80))] == list(
        range(6)
    )
    assert not is_picture(film)


def test_a_folder_without_videos_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"clips.path=.*holds no videos"):
        videos_in(tmp_path)
    with pytest.raises(UserError, match=r"clips.path=.*does not exist"):
        videos_in(tmp_path / "none.mp4")


def test_memory_does_not_grow_with_the_video(tmp_path, pan, write_mp4):
    """No frame is held on to: each has been freed when the second next one comes."""
    import weakref

    path = write_mp4(tmp_path / "video.mp4", pan(12, (1, 1)))
    held = []
    for before, _ in pairwise(video_frames(path, short_side=64)):
        held.append(weakref.ref(before))
    alive = [reference() is not None for reference in held]
    assert not any(alive[:-2])
