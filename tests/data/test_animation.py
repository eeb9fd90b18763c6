"""Frames of GIF, APNG and WebP as browsers and FFmpeg show them."""

import av
import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import Blend, Disposal

from kunster.data.animation import count_of_frames, moving_frames
from kunster.data.decode import UnusablePhoto

from ..video.clips import numbered


def picture(left, right):
    pixels = np.zeros((64, 96, 4), np.uint8)
    pixels[:, :48], pixels[:, 48:] = left, right
    return Image.fromarray(pixels)


RED, GREEN, BLUE, CLEAR = (200, 0, 0, 255), (0, 200, 0, 255), (0, 0, 200, 255), (0, 0, 0, 0)


@pytest.mark.parametrize("blend", [Blend.OP_SOURCE, Blend.OP_OVER])
@pytest.mark.parametrize("disposal", [Disposal.OP_NONE, Disposal.OP_BACKGROUND])
@pytest.mark.parametrize("apart", [True, False])
def test_a_still_apart_from_the_animation_is_not_seen_in_it(tmp_path, blend, disposal, apart):
    path = tmp_path / "a.png"
    frames = [picture(GREEN, CLEAR), picture(CLEAR, BLUE)]
    first, *others = [picture(RED, RED), *frames] if apart else frames
    first.save(
        path,
        save_all=True,
        append_images=others,
        default_image=apart,
        duration=[100, 300],
        blend=blend,
        disposal=disposal,
    )
    with av.open(str(path)) as container:
        expected = [frame.to_ndarray(format="rgba") for frame in container.decode(video=0)]
    found = [(np.array(frame.convert("RGBA")), ms) for frame, ms in moving_frames(path)]
    np.testing.assert_array_equal([frame for frame, _ in found], expected)
    assert [ms for _, ms in found] == [100, 300]
    assert count_of_frames(path) == 2


@pytest.fixture
def noisy_gif(tmp_path):
    """20 frames that take about as many bytes each, and how many bytes all take."""
    noise = np.random.default_rng(0).integers(0, 40, (64, 160, 3), np.uint8)
    first, *others = (Image.fromarray(numbered(n) // 2 + np.roll(noise, n, 1)) for n in range(20))
    first.save(tmp_path / "a.gif", save_all=True, append_images=others)
    return tmp_path / "a.gif", (tmp_path / "a.gif").stat().st_size


def cut_off(path, size):
    path.write_bytes(path.read_bytes()[:size])


def test_a_gif_that_was_cut_off_gives_its_whole_frames_and_a_warning(noisy_gif, caplog):
    path, size = noisy_gif
    cut_off(path, size // 2)
    found = list(moving_frames(path))
    assert 5 < len(found) < 15
    assert f"cut off or damaged: its first {len(found)} frames are used" in caplog.text


def test_a_gif_without_a_whole_frame_is_refused(noisy_gif):
    path, size = noisy_gif
    cut_off(path, size // 40)
    with pytest.raises(UnusablePhoto, match=r"a\.gif: cut off or damaged"):
        next(moving_frames(path))
