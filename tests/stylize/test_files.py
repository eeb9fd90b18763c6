"""Several inputs into one folder."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ..video.clips import frames_of, number_of, numbered, times_of, write_clip

pytestmark = pytest.mark.usefixtures("no_network")


@pytest.fixture
def things(tmp_path, monkeypatch):
    """Pictures, a GIF and a film in a folder, and a picture beside it."""
    monkeypatch.chdir(tmp_path)
    os.makedirs("trip/day")
    Image.fromarray(numbered(1)).save("trip/a.png")
    Image.fromarray(numbered(2)).save("b.bmp")
    write_clip(tmp_path / "trip" / "day" / "film.mp4", [numbered(n) for n in (3, 4, 5)])
    write_clip(tmp_path / "trip" / "old.avi", [numbered(n) for n in (6, 7)], "mpeg4")
    frames = [Image.fromarray(numbered(n)) for n in (8, 9)]
    frames[0].save("trip/gif.gif", save_all=True, append_images=frames[1:], duration=[70, 300])


def files_in(folder):
    return sorted(str(p.relative_to(folder)) for p in Path(folder).rglob("*") if p.is_file())


def shown(path):
    return number_of(np.array(Image.open(path).convert("RGB")))


def test_a_folder_holds_pictures_films_and_what_moves(run, things, capsys):
    assert run("trip", "out") == 0
    assert files_in("out") == ["a.png", "day/film.mp4", "gif.gif", "old.mp4"]
    assert shown("out/a.png") == 1
    assert [number_of(frame) for frame in frames_of("out/day/film.mp4")] == [3, 4, 5]
    assert [number_of(frame) for frame in frames_of("out/old.mp4")] == [6, 7]
    assert times_of("out/day/film.mp4") == times_of("trip/day/film.mp4")
    with Image.open("out/gif.gif") as gif:
        assert gif.n_frames == 2
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "out/a.png"
    assert {line.split()[0] for line in printed[1:]} == {
        *("out/day/film.mp4", "out/gif.gif", "out/old.mp4"),
    }


def test_several_inputs_go_into_a_folder_under_their_names(run, things, capsys):
    assert run("b.bmp", "trip/*.png", "--out", "out", "trip/day") == 0
    assert files_in("out") == ["a.png", "b.bmp", "day/film.mp4"]
    assert (shown("out/b.bmp"), shown("out/a.png")) == (2, 1)
    assert capsys.readouterr().out.startswith("2 pictures in out\n")


def test_one_input_goes_into_the_folder_too(run, things):
    assert run("b.bmp", "--out", "out") == 0
    assert files_in("out") == ["b.bmp"]


def test_bad_ones_cost_no_other_its_result_and_the_exit_code_tells(run, things, capsys):
    Path("text.mp4").write_text("no video")
    Path("text.png").write_text("no picture")
    assert run("text.mp4", "text.png", "b.bmp", "trip/day/film.mp4", "--out", "out") == 2
    assert files_in("out") == ["b.bmp", "film.mp4"]
    said = capsys.readouterr().err
    assert "text.mp4: not a video" in said
    assert "text.png: not a picture" in said
    assert said.splitlines()[-1] == "not stylized: 2 of 4"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("b.bmp", "none.png", "--out", "out"), "none.png: no such file"),
        (("b.bmp", "x.png", "trip/a.png"), "trip/a.png: is one word too many; several IN go with"),
        (("trip/*",), "trip/*: 4 files fit; several go with --out FOLDER"),
        (("trip/a.png", "twin/a.png", "--out", "out"), "twin/a.png would become out/a.png, like"),
        (("b.bmp", "trip/a.png", "--out", "."), "b.bmp: would be written over itself"),
        (("b.bmp", "trip", "--out", "b.bmp"), "b.bmp: is a file; several pictures and videos go"),
        (("b.bmp", "twin/a.png", "--out", "trip"), "trip/a.png: is there already; --overwrite"),
        (("camera:0", "--out", "out"), "--out: of files and folders; IN is camera:0"),
        (("-", "--out", "out"), "--out: of files and folders; IN is -"),
        (("b.bmp", "--out", "out", "--quality", "9"), "--quality: of .mp4, .m4v, .mov, .mkv, .we"),
        (("b.bmp", "--out", "out", "--interlaced", "keep"), "--interlaced: of films; IN is b.bmp"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_painted(run, things, capsys, words, says):
    os.mkdir("twin")
    Image.fromarray(numbered(1)).save("twin/a.png")
    before = files_in(".")
    assert run(*words) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(says)
    assert files_in(".") == before


def test_films_of_several_sizes_hold_still_each_by_itself(run, tmp_path):
    for name, height in (("a.mp4", 64), ("b.mp4", 128)):
        write_clip(tmp_path / name, [numbered(n, height) for n in (1, 1, 1)])
    assert run("a.mp4", "b.mp4", "--out", "out") == 0
    for name in ("a.mp4", "b.mp4"):
        assert [number_of(frame) for frame in frames_of(f"out/{name}")] == [1, 1, 1]
