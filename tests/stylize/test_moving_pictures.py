"""GIF, APNG and WebP that move, in and out."""

import os

import numpy as np
import pytest
from PIL import Image

from ..video.clips import frames_of, number_of, numbered, times_of, write_clip

pytestmark = pytest.mark.usefixtures("no_network")
DURATIONS = [100, 200, 50, 400]  # ms


@pytest.fixture
def moving():
    """`moving("a.gif")`: a file of numbered frames, whose right end is seen through."""

    def write(name):
        frames = [Image.fromarray(numbered(n)).convert("RGBA") for n in range(1, 5)]
        for frame in frames:
            frame.putalpha(255)
            frame.paste((0, 0, 0, 0), (152, 0, 160, 64))
        how = {"lossless": True, "kmin": 1, "kmax": 1} if name.endswith(".webp") else {}
        frames[0].save(
            name, save_all=True, append_images=frames[1:], duration=DURATIONS, loop=0, **how
        )

    return write


def read(path):
    """Number, duration in ms, and opacity at the right end of each frame."""
    found = []
    with Image.open(path) as image:
        for number in range(image.n_frames):
            image.seek(number)
            image.load()
            pixels = np.array(image.convert("RGBA"))
            found.append(
                (number_of(pixels[:, :, :3]) & 31, image.info["duration"], pixels[9, -2, 3])
            )
    return found


@pytest.mark.parametrize("source", ["in.gif", "in.apng", "in.webp"])
@pytest.mark.parametrize("out", ["out.gif", "out.apng", "out.png", "out.webp"])
def test_every_frame_comes_out_at_its_time_and_with_its_holes(run, moving, source, out, caplog):
    moving(source)
    assert run(source, out) == 0
    assert read(out) == [(n, ms, 0) for n, ms in zip((1, 2, 3, 4), DURATIONS, strict=True)]
    assert not caplog.records


PLAYED = {  # how many times, by what the file says; 0 is for ever
    "gif": {None: 1, 0: 0, 2: 3},
    "apng": {0: 0, 1: 1, 3: 3},
    "webp": {0: 0, 1: 1, 3: 3},
}


@pytest.mark.parametrize("out", PLAYED)
@pytest.mark.parametrize(
    ("source", "loop"), [(kind, loop) for kind, loops in PLAYED.items() for loop in loops]
)
def test_it_is_played_as_often_as_before(run, source, loop, out):
    frames = [Image.fromarray(numbered(n)) for n in range(2)]
    how = {} if loop is None else {"loop": loop}
    frames[0].save(f"in.{source}", save_all=True, append_images=frames[1:], duration=50, **how)
    assert run(f"in.{source}", f"out.{out}") == 0
    with Image.open(f"out.{out}") as found:
        assert PLAYED[out][found.info.get("loop")] == PLAYED[source][loop]


def test_the_still_of_an_apng_that_is_no_part_of_its_animation_is_not_shown(run):
    still, *frames = (Image.fromarray(numbered(n)).convert("RGBA") for n in (9, 1, 2))
    how = {"default_image": True, "duration": [100, 200]}
    still.save("in.apng", save_all=True, append_images=frames, **how)
    assert run("in.apng", "out.apng") == 0
    assert [(number, ms) for number, ms, _ in read("out.apng")] == [(1, 100), (2, 200)]


@pytest.mark.parametrize("out", ["out.mp4", "out.webm"])
def test_into_a_video(run, moving, out, caplog):
    moving("in.gif")
    assert run("in.gif", out) == 0
    assert [number_of(frame) & 31 for frame in frames_of(out)] == [1, 2, 3, 4]
    assert [round(1000 * float(time)) for time in times_of(out)] == [0, 100, 300, 350]
    assert ("white is put behind" in caplog.text) == (out == "out.mp4")


def test_out_of_a_video(run, tmp_path):
    write_clip(tmp_path / "in.mp4", [numbered(n) for n in range(1, 6)])
    assert run("in.mp4", "out.gif") == 0
    assert [(number, ms) for number, ms, _ in read("out.gif")] == [(n, 40) for n in range(1, 6)]


def test_where_only_the_first_frame_has_room_it_is_said(run, moving, caplog):
    moving("in.gif")
    assert run("in.gif", "out.jpg") == 0
    assert "in.gif: only the first of its 4 pictures" in caplog.text


def test_in_a_folder_they_go_on_moving(run, moving):
    os.mkdir("in")
    moving("in/a.webp")
    Image.fromarray(numbered(3)).save("in/b.png")
    assert run("in", "out") == 0
    assert len(read("out/a.webp")) == 4
    assert sorted(os.listdir("out")) == ["a.webp", "b.png"]


def test_content_counts_and_not_the_name(run, tmp_path):
    write_clip(tmp_path / "a.mp4", [numbered(5)]).rename(tmp_path / "film.jpg")
    assert run("film.jpg", "out.mp4") == 0
    assert [number_of(frame) for frame in frames_of("out.mp4")] == [5]
    Image.fromarray(numbered(9)).save("a.png")
    os.rename("a.png", "photo.mp4")
    assert run("photo.mp4", "out.png") == 0
    assert number_of(np.array(Image.open("out.png"))) == 9
