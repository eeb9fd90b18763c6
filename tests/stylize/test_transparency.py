"""Films with holes in them."""

from pathlib import Path

import numpy as np
import pytest

from kunster.data.frames import video_frames
from kunster.video.reader import VideoReader

from ..video.clips import frames_of, write_clip

pytestmark = pytest.mark.usefixtures("no_network")


@pytest.fixture
def sticker(tmp_path):
    """A red film, of which the left third is seen through and the middle one half."""
    pixels = np.zeros((64, 96, 4), np.uint8)
    pixels[..., 0] = 200
    pixels[:, 32:64, 3], pixels[:, 64:, 3] = 128, 255
    return write_clip(tmp_path / "in.mkv", [pixels] * 3, "ffv1", "bgra")


@pytest.mark.parametrize("name", ["out.webm", "out.mov", "out.mkv"])
def test_transparency_is_kept_where_a_format_has_it(run, sticker, name, caplog):
    assert run("in.mkv", name) == 0
    assert not caplog.records
    frames = list(VideoReader(sticker.parent / name, alpha=True).frames((64, 96)))
    assert len(frames) == 3
    for frame in frames:
        for column, opacity in ((16, 0), (48, 128), (80, 255)):
            assert int(frame.alpha[32, column]) == pytest.approx(opacity, abs=6)
        assert frame.picture[32, 80].astype(int) == pytest.approx((200, 0, 0), abs=12)
        assert frame.picture[32, 48].astype(int) == pytest.approx((227, 127, 127), abs=12)
        assert frame.picture[32, 16].min() > 245


def test_elsewhere_white_is_put_behind_and_it_is_said(run, sticker, caplog):
    """Also behind VP9's transparency, which FFmpeg's own decoder leaves out."""
    assert run("in.mkv", "out.webm") == 0
    assert run("out.webm", "out.mp4") == 0
    assert "white is put behind its transparency; .webm, .mov and .mkv keep it" in caplog.text
    trained_on = next(video_frames(Path("out.webm")))
    for found in (frames_of("out.mp4")[0], trained_on):
        assert found[32, 16].min() > 240
        assert found[32, 48].astype(int) == pytest.approx((227, 127, 127), abs=12)
