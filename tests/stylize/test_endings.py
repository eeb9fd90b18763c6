"""How the command ends when something is wrong, or somebody stops it."""

import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kunster.video.writer import VideoWriter

from ..video.clips import frames_of, number_of, numbered, write_clip
from .conftest import DEADLINE, READABLE, ROOT, command


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("none.mp4", "out.mp4"), "none.mp4: no such file, folder or camera"),
        (("text.mp4", "out.mp4"), "text.mp4: not a video"),
        (("in.mp4", "out.jpg"), "in.mp4: is no picture, out.jpg is one"),
        (("-",), "-: OUT is missing"),
        (("", "out.jpg"), "'': is empty"),  # not every picture below this folder
        (("in.mp4", ""), "'': is empty"),
        (("-in.mp4", "out.mp4"), "-in.mp4: reads as an option; ./-in.mp4 is the file"),
        (("in.mp4", f"{256 * 'x'}.mp4"), f"{256 * 'x'}.mp4: File name too long"),
        (("in.mp4", "out.avi"), "out.avi: videos are written as .mp4"),
        (("in.mp4", "in.mp4", "--overwrite"), "in.mp4: would be written over itself"),
        (("in.png", "./in.png", "--overwrite"), "in.png: would be written over itself"),
        (("folder", "folder", "--overwrite"), "folder: would be written over itself"),
        (("in.mp4", "text.mp4/out.mp4"), "text.mp4/out.mp4: cannot be written"),
        (("in.mp4", "out.mp4", "--size", "big"), "--size big"),
        (("in.mp4", "out.mp4", "--strength", "2"), "--strength 2"),
        (("in.mp4", "out.mp4", "--texture", "3"), "--texture 3: must be from 0.5"),
        (("in.mp4", "out.mp4", "--texture", "2"), "--texture 2: for 160x64 the network would see"),
        (("in.png", "out.png", "--texture", "2"), "in.png: --texture 2: for 90x90 the network"),
        (("in.mp4", "out.mp4", "--quality", "60"), "--quality 60"),
        (
            ("in.mp4", "out.mp4", "--engine", "coreml"),
            "--engine coreml: Core ML computes on macOS only",
        ),
        (("in.png", "out.xcf"), "out.xcf: pictures are written as"),
        (("in.png", "out.mp4"), "in.png: is no video, out.mp4 is one; pictures become pictures"),
        (("photo.mp4", "out.mp4"), "photo.mp4: is no video, out.mp4 is one"),
        (("in.png", "out.png", "--raw", "20"), "--raw: of frames from stdin; IN is - then, not in"),
        (("in.mp4", "out.mp4", "--fps", "30"), "--fps: of frames from stdin; IN is - then, not in"),
        (
            ("in.png", "out.png", "--quality", "30"),
            "--quality: of .mp4, .m4v, .mov, .mkv, .webm; OU",
        ),
        (
            ("in.mp4", "out.gif", "--quality", "30"),
            "--quality: of .mp4, .m4v, .mov, .mkv, .webm; OU",
        ),
        (
            ("in.mp4", "-", "--quality", "30"),
            "--quality: of .mp4, .m4v, .mov, .mkv, .webm; OUT is -",
        ),
        (("in.png", "out.png", "--steady", "1"), "--steady: of videos and their frames; in.png is"),
        (("in.png", "out.png", "--interlaced", "keep"), "--interlaced: of films; IN is in.png"),
        (("folder", "out", "--interlaced", "keep"), "--interlaced: of films; IN is folder"),
        (
            ("-", "out.mp4", "--raw", "9x9", "--interlaced", "keep"),
            "--interlaced: of films; IN is -",
        ),
        (("https://a.org/in.png", "out.png"), "https://a.org/in.png: is an address; download it"),
        (("~no-one/in.png", "out.png"), "~no-one/in.png: there is no such home folder"),
        (("in.png", "-"), "in.png: pictures do not go into a pipe"),
        (("low.png", "out.png"), "low.png: 200x1 is too small"),
        (("folder", "text.mp4"), "text.mp4: is a file"),
        (("-", "out.mp4"), "-: frames from stdin need their size"),
        (("-", "-", "--raw", "0x320"), "--raw 0x320: both sides must be 1 or more"),
        (("-", "-", "--raw", "160x0"), "--raw 160x0: both sides must be 1 or more"),
        (("-", "-", "--raw", "9x9", "--fps", "inf"), "--fps inf: must be a number"),
        (("-", "-", "--raw", "9x9", "--fps", "nan"), "--fps nan: must be a number"),
        (("-", "-", "--raw", "9x9", "--fps", "0.0001"), "--fps 0.0001: must be from 0.001 to 1000"),
        (("camera:77", "out.mp4"), "camera:77: no such camera"),
    ],
)
def test_what_the_user_can_mend_ends_with_2_and_a_line(run, capsys, words, complaint):
    write_clip(Path("in.mp4"), [numbered(0)])
    Path("-in.mp4").write_text("")
    Path("text.mp4").write_text("no video")
    Path("folder").mkdir()
    Image.new("RGB", (90, 90)).save("in.png")
    Image.new("RGB", (90, 90)).save("photo.mp4", "JPEG")
    Image.new("RGB", (90, 90)).save("folder/in.png")
    Image.new("RGB", (200, 1)).save("low.png")
    before = sorted(os.listdir())
    assert run(*words) == 2
    printed = capsys.readouterr()
    assert printed.err.splitlines()[-1].startswith(complaint)
    assert printed.out == ""
    assert sorted(os.listdir()) == before


def test_overwrite_replaces_what_is_there(run):
    write_clip(Path("in.mp4"), [numbered(3)] * 2)
    Path("out.mp4").write_text("old")
    assert run("in.mp4", "out.mp4", *READABLE, "--overwrite") == 0
    assert [number_of(frame) for frame in frames_of("out.mp4")] == [3, 3]


@pytest.fixture
def little_space():
    """Files of at most 100 kB: writing more fails as on a full disk, as Python ignores SIGXFSZ."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.fixture
def noise(tmp_path):
    """A clip that compresses to more than 100 kB."""
    noise = np.random.default_rng(0).integers(0, 256, (128, 160, 3), np.uint8)
    return write_clip(
        tmp_path / "in.mkv", [np.roll(noise, n, 0) for n in range(40)], "ffv1", "bgr0"
    )


def test_a_full_disk_is_one_line_and_leaves_nothing(run, capsys, noise, little_space):
    assert run("in.mkv", "out.mp4", "--quality", "0") == 2
    error = capsys.readouterr().err
    assert "out.mp4: cannot be written: File too large" in error.splitlines()[-1]
    assert os.listdir() == ["in.mkv"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_at_work_ends_with_130_and_leaves_nothing(run, capsys, noise, monkeypatch, number):
    write = VideoWriter.write

    def interrupted(self, picture, pts, duration):
        if pts > 200:  # ms
            signal.raise_signal(number)
        write(self, picture, pts, duration)

    monkeypatch.setattr(VideoWriter, "write", interrupted)
    assert run("in.mkv", "out.mp4") == 130
    assert "no unfinished file is left" in capsys.readouterr().err
    assert os.listdir() == ["in.mkv"]


@pytest.mark.parametrize("name", ["12:31.mp4", f"{251 * 'x'}.mp4"])
def test_names_that_a_file_system_takes_are_taken(run, tmp_path, name):
    write_clip(tmp_path / "in.mp4", [numbered(5)]).rename(tmp_path / f"12:30{name[-4:]}")
    assert run("12:30.mp4", name, *READABLE) == 0
    Path(name).rename("out.mp4")
    assert [number_of(frame) for frame in frames_of("out.mp4")] == [5]


def test_a_closed_stdin_is_one_line(run, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    assert run("-", "out.mp4", "--raw", "64x64") == 2
    assert capsys.readouterr().err == (
        "-: no frames come in; put a program that writes them before a |\n"
    )


def test_ctrl_c_while_waiting_for_a_frame_ends_with_130_and_leaves_nothing(model, tmp_path):
    words = command(model, "-", str(tmp_path / "out.mp4"), "--raw", "160x64")
    process = subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        # what a shell starts in the background ignores Ctrl-C, and so would all its children
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdin is not None
    assert process.stderr is not None
    for number in range(50):
        process.stdin.write(numbered(number).tobytes())
    process.stdin.flush()
    assert b"160x64 in the network" in process.stderr.readline()  # it is on its way
    time.sleep(0.5)  # until all frames that came are done
    process.send_signal(signal.SIGINT)
    assert process.wait(DEADLINE) == 130
    assert b"no unfinished file is left" in process.stderr.read()
    process.stdin.close()
    assert os.listdir(tmp_path) == []


def test_a_pipe_that_nobody_reads_any_more_is_one_line(model, tmp_path):
    write_clip(tmp_path / "in.mp4", [numbered(n) for n in range(50)])
    words = command(model, str(tmp_path / "in.mp4"), "-")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.read(1)
        child.stdout.close()
        said = child.stderr.read().decode().splitlines()
    assert child.returncode == 2
    assert said[1:] == ["-: the program that reads the frames has ended"]
