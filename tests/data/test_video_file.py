"""Which of a file's streams is the film, and whether it was cut off."""

import av
import numpy as np
import pytest
from av.stream import Disposition
from PIL import Image

from kunster.data.frames import frame_count, video_frames
from kunster.errors import UserError
from kunster.video.reader import VideoReader

from ..video.clips import add_tone, number_of, numbered, write_clip


def flat(value, height=64, width=160):
    return np.full((height, width, 3), value, np.uint8)


def with_tracks(path, *tracks):
    """A file with the frames of several video tracks: (codec, disposition, frames)."""
    with av.open(str(path), "w") as container:
        streams = []
        for codec, disposition, frames in tracks:
            stream = container.add_stream(codec, rate=25)
            stream.height, stream.width = frames[0].shape[:2]
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            stream.disposition = disposition
            streams.append((stream, frames))
        for stream, frames in streams:
            for number, picture in enumerate(frames):
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts = number
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


FILM = ("libx264", Disposition.default, [numbered(n) for n in range(5)])
NO_FILM = {
    "a thumbnail that comes first": ("mjpeg", 0, [flat(9, 128, 320)]),
    "a thumbnail that is the default": ("mjpeg", Disposition.default, [flat(9, 128, 320)]),
    "a smaller film for previews": ("libx264", 0, [flat(9, 32, 80)] * 5),
    "a larger one that is not the default": ("libx264", 0, [flat(9, 128, 320)] * 5),
}


@pytest.mark.parametrize("other", NO_FILM)
def test_the_film_is_painted_and_trained_on_and_nothing_else(tmp_path, other):
    path = with_tracks(tmp_path / "a.mov", NO_FILM[other], FILM)
    painted = [number_of(frame.picture) for frame in VideoReader(path).frames((64, 160))]
    assert painted == [number_of(frame) for frame in video_frames(path)] == list(range(5))
    assert frame_count(path) == 5


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "tiff", "gif", "avif"])
def test_a_picture_is_no_film_whatever_its_name(tmp_path, kind):
    path = tmp_path / "film.mp4"
    Image.fromarray(flat(9)).save(path, kind)
    with pytest.raises(UserError, match=r"film.mp4: a picture; a video is wanted here$"):
        VideoReader(path)


def test_pictures_that_follow_one_another_are_a_film(tmp_path):
    first, second = (Image.fromarray(numbered(number)) for number in range(2))
    for kind in ("gif", "png", "webp"):
        path = tmp_path / f"a.{kind}"
        first.save(path, save_all=True, append_images=[second], duration=40)
        assert [number_of(frame) for frame in video_frames(path)] == [0, 1]
        assert frame_count(path) == 2
    first.save(tmp_path / "a.jpg")
    (tmp_path / "a.mjpeg").write_bytes((tmp_path / "a.jpg").read_bytes() * 3)  # Motion JPEG
    assert len(list(video_frames(tmp_path / "a.mjpeg"))) == 3


def test_a_song_with_a_cover_is_no_film(tmp_path):
    path = tmp_path / "song.m4a"
    with av.open(str(path), "w", format="mp4") as container:
        tone = container.add_stream("aac", rate=48000)
        cover = container.add_stream("mjpeg", rate=1)
        cover.height, cover.width, cover.pix_fmt = 64, 64, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        frame = av.VideoFrame.from_ndarray(flat(90, 64, 64), format="rgb24")
        frame.pts = 0
        container.mux(cover.encode(frame))
        add_tone(container, tone, 1)
    with pytest.raises(UserError, match=r"song\.m4a: has only a cover picture, no video"):
        VideoReader(path)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_sound_that_lasts_longer_than_the_film_is_no_damage(tmp_path, name, caplog):
    path = tmp_path / name
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.height, stream.width = 64, 160
        tone = container.add_stream("aac", rate=48000)
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        add_tone(container, tone, 3)
    assert len(list(VideoReader(path).frames((64, 160)))) == frame_count(path) == 5
    assert not caplog.records


def test_a_colon_in_a_name_is_no_protocol(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write_clip(tmp_path / "a.mp4", [numbered(3)]).rename("12:30.mp4")
    assert [number_of(frame.picture) for frame in VideoReader(path).frames((64, 160))] == [3]
