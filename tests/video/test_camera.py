import cv2
import numpy as np
import pytest
from PIL import Image

from kunster.errors import UserError
from kunster.networks.stored import StoredNetwork
from kunster.video import camera as camera_module
from kunster.video.camera import Camera, Window
from kunster.video.live_styles import LiveStyles
from kunster.video.looks import Look
from kunster.video.steady import Steady

from ..random_networks import describe, random_network
from .clips import number_of, numbered, write_clip


@pytest.fixture
def plugged_in(tmp_path, monkeypatch):
    """Camera 0 films 20 numbered frames, then is unplugged; there is no other one."""
    path = write_clip(tmp_path / "filmed.mp4", [numbered(n) for n in range(20)])
    capture = cv2.VideoCapture
    monkeypatch.setattr(
        cv2, "VideoCapture", lambda number: capture(str(path) if number == 0 else "none")
    )


def test_frames_come_until_it_is_unplugged(plugged_in):
    camera = Camera(0)
    assert (camera.size, camera.rate, camera.live) == ((64, 160), 25, True)
    frames = list(camera.frames((64, 160)))
    assert [number_of(frame.picture) for frame in frames] == list(range(1, 20))  # 0 was a look
    times = [frame.pts for frame in frames]
    assert times == sorted(set(times))


def test_it_stops_when_told_to(plugged_in):
    camera = Camera(0)
    taken = 0
    for taken, _ in enumerate(camera.frames((64, 160)), start=1):
        if taken == 5:
            camera.stop()
    assert taken == 5


def test_a_missing_camera_is_one_line_and_nothing_else(capfd):
    with pytest.raises(UserError, match="camera:93: no such camera") as raised:
        Camera(93)
    assert "\n" not in str(raised.value)
    assert capfd.readouterr() == ("", "")


def test_without_a_screen_there_is_no_window(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UserError, match="no screen to show the camera on"):
        Window(Look(), Steady(0.5))


class Screen:
    """Stands in for OpenCV's window functions."""

    def __init__(self, monkeypatch, pressed=-1, visible=1.0):
        self.shown, self.titles = [], []
        monkeypatch.setattr(camera_module, "has_screen", lambda: True)
        monkeypatch.setattr(cv2, "namedWindow", lambda *unused: None)
        monkeypatch.setattr(cv2, "imshow", lambda title, picture: self.shown.append(picture))
        monkeypatch.setattr(cv2, "waitKey", lambda milliseconds: pressed)
        monkeypatch.setattr(cv2, "setWindowTitle", lambda *title: self.titles.append(title[1]))
        monkeypatch.setattr(cv2, "getWindowProperty", lambda *unused: visible)


@pytest.mark.parametrize(
    ("pressed", "visible", "goes_on"),
    [
        (-1, 1.0, True),
        (ord("x"), 1.0, True),
        (ord("q"), 1.0, False),
        (27, 1.0, False),
        (-1, 0.0, False),
    ],
)
def test_q_escape_and_closing_the_window_end_it(monkeypatch, pressed, visible, goes_on):
    screen = Screen(monkeypatch, pressed, visible)
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 255
    assert Window(Look(), Steady(0.5)).show(red) == goes_on
    assert screen.shown[0][0, 0].tolist() == [0, 0, 255]  # OpenCV's blue, green, red


@pytest.mark.parametrize(("key", "strength", "held"), [("-", 0.9, 0.5), (">", 1, 0.6)])
def test_keys_set_strength_and_how_still_strokes_hold(monkeypatch, key, strength, held):
    screen = Screen(monkeypatch, ord(key))
    look, holding = Look(), Steady(0.5)
    assert Window(look, holding).show(np.zeros((4, 4, 3), np.uint8))
    assert (look.strength, holding.amount) == (strength, held)
    assert screen.titles[0].endswith(f": strength {strength:g}, held {held:g}")


def test_n_and_p_choose_the_style(monkeypatch):
    screen = Screen(monkeypatch, ord("p"))
    styles = LiveStyles(StoredNetwork.of(random_network(describe(alpha=0.125))), ["a", "b", "c"])
    assert Window(Look(), Steady(0.5), styles).show(np.zeros((4, 4, 3), np.uint8))
    assert styles.name == "c"
    assert screen.titles[0].endswith(": c")


def test_f_fills_the_screen_and_gives_it_back(monkeypatch):
    asked = []
    Screen(monkeypatch, ord("f"))
    monkeypatch.setattr(cv2, "setWindowProperty", lambda *words: asked.append(words[1:]))
    window = Window(Look(), Steady(0.5))
    for _ in range(2):
        assert window.show(np.zeros((4, 4, 3), np.uint8))
    assert asked == [
        (cv2.WND_PROP_FULLSCREEN, cv2.WINDOW_FULLSCREEN),
        (cv2.WND_PROP_FULLSCREEN, cv2.WINDOW_NORMAL),
    ]


def test_s_saves_the_picture_that_is_shown_and_replaces_none(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    screen = Screen(monkeypatch, ord("s"))
    window = Window(Look(), Steady(0.5))
    for level in (10, 200):
        assert window.show(np.full((4, 4, 3), level, np.uint8))
    saved = [np.array(Image.open(f"camera_{number}.png")) for number in (1, 2)]
    assert [picture.mean() for picture in saved] == [10, 200]
    assert screen.titles[1].endswith(": saved camera_2.png")
