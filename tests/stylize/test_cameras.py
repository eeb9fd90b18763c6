"""What the command makes of a camera: a window, films, and a camera for other programs."""

import signal
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import cv2
import numpy as np
import pytest

from kunster.stylize import jobs

from ..video.clips import frames_of, number_of
from ..video.test_camera import Screen, plugged_in  # noqa: F401, the second is a fixture
from .conftest import READABLE


def test_a_camera_is_shown_and_recorded_until_q(run, monkeypatch, plugged_in):  # noqa: F811
    screen = Screen(monkeypatch)
    monkeypatch.setattr(jobs, "has_screen", lambda: True)
    monkeypatch.setattr(cv2, "waitKey", lambda ms: ord("q") if len(screen.shown) == 5 else -1)
    assert run("camera:0", "out.mp4", *READABLE) == 0
    recorded = [number_of(frame) for frame in frames_of("out.mp4")]
    assert recorded[:5] == [1, 2, 3, 4, 5]
    assert len(recorded) < 19
    assert [number_of(frame) for frame in screen.shown][:5] == [1, 2, 3, 4, 5]


def test_a_cameras_style_changes_while_it_plays(run, monkeypatch, plugged_in):  # noqa: F811
    screen, built, build = Screen(monkeypatch), [], jobs.build_engine
    monkeypatch.setattr(jobs, "has_screen", lambda: True)
    monkeypatch.setattr(
        jobs, "build_engine", lambda network, *how: built.append(network) or build(network, *how)
    )
    keys = {3: "n", 4: "r", 6: "p", 8: "r", 9: "q"}
    monkeypatch.setattr(cv2, "waitKey", lambda ms: ord(keys.get(len(screen.shown), "\xff")))
    assert run("camera:0", "--steady", "0") == 0
    assert len(built) == 2  # the first one is kept
    assert ":14:temporal" in screen.titles[0]
    before, after = (screen.shown[place].astype(int) for place in (1, 5))
    assert np.abs(after - before).mean() > 3
    assert len(frames_of("camera_1.mp4")) == 4


@pytest.fixture
def virtual(monkeypatch):
    """pyvirtualcam, as its documentation has it: `sent` has the frames, `devices` what is there."""
    library = ModuleType("pyvirtualcam")
    library.__spec__ = ModuleSpec("pyvirtualcam", None)
    library.sent, library.devices, library.closed = [], ["/dev/video9"], []

    class Camera:
        def __init__(self, width, height, fps):
            if not library.devices:
                raise RuntimeError("'v4l2loopback' backend: No v4l2 loopback device found.\n")
            self.width, self.height, self.device = width, height, library.devices[0]

        def send(self, frame):
            assert (frame.shape, frame.dtype) == ((self.height, self.width, 3), np.uint8)
            library.sent.append(frame)

        def close(self):
            library.closed.append(self)

    library.Camera = Camera
    monkeypatch.setitem(sys.modules, "pyvirtualcam", library)
    return library


def test_other_programs_see_a_camera_as_it_is_painted(
    run,
    monkeypatch,
    plugged_in,  # noqa: F811
    virtual,
    capsys,
):
    monkeypatch.setattr(jobs, "has_screen", lambda: False)
    assert run("camera:0", "--virtual-camera", *READABLE) == 0
    assert [number_of(frame) for frame in virtual.sent] == list(range(1, 20))
    assert len(virtual.closed) == 1
    assert "other programs see it as /dev/video9" in capsys.readouterr().err


@pytest.mark.parametrize("why", ["device", "extra", "source"])
def test_without_a_virtual_camera_it_is_one_line(
    run,
    monkeypatch,
    plugged_in,  # noqa: F811
    virtual,
    capsys,
    why,
):
    monkeypatch.setattr(jobs, "has_screen", lambda: False)
    source, said = "camera:0", "--virtual-camera: 'v4l2loopback' backend: No v4l2 loopback device"
    if why == "device":
        virtual.devices.clear()
    elif why == "extra":
        monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
        said = "--virtual-camera needs pyvirtualcam: "
    else:
        source, said = "in.mp4", "--virtual-camera: of a camera; IN is camera:0 then, not in.mp4"
    assert run(source, "--virtual-camera", *READABLE) == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert said in line
    assert not virtual.sent


def test_a_recording_without_a_screen_ends_with_ctrl_c_and_is_whole(
    run,
    monkeypatch,
    plugged_in,  # noqa: F811
):
    monkeypatch.setattr(jobs, "has_screen", lambda: False)
    frame = jobs.Camera.frames

    def interrupted(self, *sizes):
        for number, found in enumerate(frame(self, *sizes)):
            if number == 4:
                signal.raise_signal(signal.SIGINT)
            yield found

    monkeypatch.setattr(jobs.Camera, "frames", interrupted)
    before = signal.getsignal(signal.SIGINT)
    assert run("camera:0", "out.mp4", *READABLE) == 0
    recorded = [number_of(frame) for frame in frames_of("out.mp4")]
    assert recorded == list(range(1, len(recorded) + 1))
    assert 5 <= len(recorded) < 19
    assert signal.getsignal(signal.SIGINT) == before
