"""Films that lie in all eight ways, as the head of their track says."""

import struct

import numpy as np
import pytest

from kunster.data.frames import video_frames
from kunster.video.reader import VideoReader

from ..video.clips import write_clip

ONE = 1 << 16
# (a, b, c, d) map (x, y) to (a·x + c·y, b·x + d·y): ISO/IEC 14496-12, 6.2.2
LYING = {
    (1, 0, 0, 1): lambda shown: shown,
    (0, 1, -1, 0): lambda shown: np.rot90(shown, -1),  # clockwise, as a phone held upright
    (-1, 0, 0, -1): lambda shown: np.rot90(shown, 2),
    (0, -1, 1, 0): lambda shown: np.rot90(shown, 1),
    (-1, 0, 0, 1): np.fliplr,  # a front camera
    (1, 0, 0, -1): np.flipud,
    (0, 1, 1, 0): lambda shown: shown.swapaxes(0, 1),
    (0, -1, -1, 0): lambda shown: np.rot90(shown, 2).swapaxes(0, 1),
    (0, 0, 0, 0): lambda shown: shown,  # means nothing; some programs write it
}


def corners():
    """A picture with another colour in each quarter, so that every turn and mirror differs."""
    picture = np.zeros((64, 96, 3), np.uint8)
    picture[:32, :48], picture[:32, 48:] = (250, 0, 0), (0, 250, 0)
    picture[32:, :48], picture[32:, 48:] = (0, 0, 250), (250, 250, 250)
    return picture


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("film") / "a.mp4", [corners()]).read_bytes()


def laid(content, matrix):
    """The film with a matrix in its track's head."""
    a, b, c, d = (ONE * number for number in matrix)
    at = content.index(b"tkhd") + 4 + 40  # version 0: the matrix comes after 40 bytes
    head = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30 if any(matrix) else 0)
    return content[:at] + head + content[at + 36 :]


@pytest.mark.parametrize("matrix", LYING)
def test_films_stand_upright_for_painting_and_for_training(tmp_path, film, matrix):
    path = tmp_path / "a.mp4"
    path.write_bytes(laid(film, matrix))
    expected = LYING[matrix](corners()).astype(int)
    reader = VideoReader(path)
    assert reader.size == expected.shape[:2]
    for found in (next(reader.frames(reader.size)).picture, next(video_frames(path))):
        assert np.abs(found - expected).mean() < 6
