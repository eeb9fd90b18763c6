"""Lines of progress fit a terminal of 80 columns, with the time that is left."""

import re

import pytest

from kunster.console.progress import ProgressLine

WIDEST = ("perceptual", 100_000, "loss 1.235e+05  12345.6 images/s")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def clock(monkeypatch):
    """Seconds that `clock.now` says, for `time.monotonic` of the progress."""

    class Clock:
        now = 0.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr("kunster.console.progress.time", clock)
    return clock


@pytest.mark.parametrize(
    ("title", "text"),
    [WIDEST[::2], ("a film with a long name, of a holiday by the sea.mp4", "1234.5 FPS")],
)
def test_a_bar_fits_80_columns(title, text, capsys, monkeypatch):
    for name, value in {"FORCE_COLOR": "1", "COLUMNS": "80", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    line = ProgressLine(title, WIDEST[1])
    line.say(99_999, text)
    line.close()
    last = CONTROL.sub("", capsys.readouterr().err).split("\r")[-1].strip("\n")
    assert len(last) <= 80
    for words in (title[:20], "99999/100000", text):
        assert words in last
    assert re.search(r"(-|\d):(--|\d\d):(--|\d\d)$", last)  # the time left, whole


@pytest.mark.parametrize(
    ("seconds", "done", "left"),
    [(30.0, 25_000, "0:01:30"), (500_000.0, 50_000, "5 days, 18:53:20")],
)
def test_a_line_of_a_log_fits_80_columns_and_says_the_time_left(seconds, done, left, clock, capsys):
    title, total, text = WIDEST
    line = ProgressLine(title, total)
    clock.now = seconds
    line.say(done, text)
    (said,) = capsys.readouterr().err.splitlines()
    assert said == f"{title} {done}/{total}  {text}  {left} left"
    assert len(said) <= 80


def test_without_a_step_done_no_time_is_known(capsys):
    line = ProgressLine(WIDEST[0], WIDEST[1])
    line.say(0, "")
    assert "left" not in capsys.readouterr().err
