import random
import time

import numpy as np
import pytest

from kunster.console.progress import ProgressLine
from kunster.errors import UserError
from kunster.video.engines import Engine
from kunster.video.looks import Look
from kunster.video.reader import VideoReader
from kunster.video.steady import Steady
from kunster.video.stylizing import stylize_frames, stylize_to_file, stylize_to_moving_picture

from .clips import frames_of, number_of, numbered, times_of, write_clip


class Unsteady(Engine):
    """Gives back what it was given, sooner or later."""

    name = "unsteady"

    def __init__(self, size, streams=4, fails_at=None):
        super().__init__(size, streams)
        self.random, self.fails_at = random.Random(0), fails_at

    def run(self, frame):
        time.sleep(self.random.random() / 200)
        if number_of(frame) == self.fails_at:
            raise UserError("the engine broke")
        return frame.copy()


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path / "in.mp4", [numbered(n) for n in range(300)])


def written(clip, target, engine, look=Look(), size=(64, 160)):  # noqa: B008, it is frozen
    progress = ProgressLine("in.mp4", 300)
    return stylize_to_file(VideoReader(clip), target, engine, look, size, 18, progress)


def test_no_frame_is_lost_repeated_or_moved(clip, tmp_path):
    assert written(clip, tmp_path / "out.mp4", Unsteady((64, 160))) == 300
    assert [number_of(frame) for frame in frames_of(tmp_path / "out.mp4")] == list(range(300))
    assert times_of(tmp_path / "out.mp4") == times_of(clip)


def test_an_engine_that_fails_ends_all_and_no_file_is_left(clip, tmp_path):
    with pytest.raises(UserError, match="the engine broke"):
        written(clip, tmp_path / "out.mp4", Unsteady((64, 160), fails_at=150))
    assert [path.name for path in tmp_path.iterdir()] == ["in.mp4"]


def test_sides_that_a_format_cannot_have_are_refused_before_anything_is_painted(clip, tmp_path):
    engine, progress = Unsteady((64, 160), fails_at=0), ProgressLine("in.mp4", 300)
    how = VideoReader(clip), tmp_path / "out.gif", engine, Look(), (64, 65536), progress
    with pytest.raises(UserError, match=r"out\.gif: 65536x64: \.gif has sides of at most 65535"):
        stylize_to_moving_picture(*how)


def test_a_writer_that_fails_ends_all(clip):
    def write(picture, pts, duration):
        raise UserError("no room")

    with pytest.raises(UserError, match="no room"):
        stylize_frames(
            *(VideoReader(clip), Unsteady((64, 160)), Look(), (64, 160), write),
            ProgressLine("in.mp4", 300),
        )


def test_how_still_strokes_hold_can_be_changed_while_a_video_plays(tmp_path):
    """An engine whose brightness flickers: held, free from frame 10 on, and held again from 30.

    Motion is found for frames ahead of those that are shown, so it takes some until they are held.
    """
    board = np.repeat((np.indices((64, 160)).sum(0) // 8 % 2 * 200)[..., None], 3, axis=2)
    boards = [board.astype(np.uint8) + np.uint8(n % 2) for n in range(80)]
    path = write_clip(tmp_path / "in.mkv", boards, "ffv1", "bgr0")
    holding, means = Steady(0.85), []

    class Flickering(Unsteady):
        def __call__(self, frame):
            return np.full((64, 160, 3), 100 + 40 * (frame.max() % 2), np.uint8)

    def write(picture, pts, duration):
        means.append(int(picture.mean()))
        holding.amount = 0 if 10 <= len(means) < 30 else 0.85

    how = Look(), (64, 160), write, ProgressLine("in.mkv", 80), holding
    stylize_frames(VideoReader(path), Flickering((64, 160)), *how)
    steps = np.abs(np.diff(means))
    assert steps[4:8].max() < 20
    assert (steps[24:28] == 40).all()
    assert steps[50:].max() < 20


def test_less_style_at_full_size_is_mixed_with_the_sharp_photo(tmp_path):
    board = np.repeat((np.indices((128, 320)).sum(0) % 2 * 255)[..., None], 3, axis=2)
    path = write_clip(tmp_path / "in.mkv", [board.astype(np.uint8)] * 2, "ffv1", "bgr0")
    found = []
    stylize_frames(
        *(VideoReader(path), Unsteady((64, 160)), Look(strength=0.5), (128, 320)),
        *(lambda picture, pts, duration: found.append(picture), ProgressLine("in.mkv", 2)),
    )
    # the network sees grey: half of the contrast is left, at every pixel of the photo
    contrast = found[0][board == 255].mean() - found[0][board == 0].mean()
    assert contrast == pytest.approx(127.5, abs=3)


def test_how_fast_and_how_long_still_is_said_where_there_is_no_terminal(capsys):
    line = ProgressLine("in.mp4", 300, every=0)
    assert line.due()
    line.say(150, "60.0 FPS")
    assert "in.mp4 150/300  60.0 FPS  " in capsys.readouterr().err
    endless = ProgressLine("camera:0", None, every=0)
    endless.say(150, "60.0 FPS")
    assert capsys.readouterr().err == "camera:0 150  60.0 FPS\n"
