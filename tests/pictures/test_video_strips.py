import numpy as np
import pytest

from kunster.pictures.video_strips import middle_column, strips_sheet, video_strip

TALL = 40
LINES = np.random.default_rng(0).integers(0, 256, (TALL, 3), np.uint8)


def frames(down):
    """Level lines that move down by that many pixels a frame, (7, 40, 30, 3)."""
    return [np.roll(np.tile(LINES[:, None], (1, 30, 1)), down * n, axis=0) for n in range(7)]


@pytest.mark.parametrize("down", [0, 1, 3])
def test_what_stands_still_draws_level_lines_and_what_moves_slanted_ones(down):
    strip = video_strip([middle_column(frame) for frame in frames(down)])
    assert strip.shape == (TALL, 7, 3)
    for number in range(7):
        assert (strip[:, number] == np.roll(LINES, down * number, axis=0)).all()


def test_only_the_middle_column_counts():
    frame = np.zeros((4, 9, 3), np.uint8)
    frame[:, 4] = 7
    assert (middle_column(frame) == 7).all()


def test_a_sheet_shows_each_frame_as_wide_as_the_next():
    strip = video_strip([np.full((TALL, 3), 10 * n, np.uint8) for n in range(8)])
    sheet = strips_sheet([{"the video": strip, "alone": strip}, {"the video": strip}][:1])
    row = sheet[-20, :, 0]
    assert [int((row == 10 * n).sum()) for n in range(8)] == [2 * 40] * 8
