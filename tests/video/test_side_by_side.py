import numpy as np
import pytest
import torch

from kunster.pictures.captions import caption
from kunster.video.side_by_side import side_by_side

GUTTER = 8


def some_frames(count=3, height=64, width=80):
    random = np.random.default_rng(0)
    return [random.integers(0, 256, (height, width, 3), np.uint8) for _ in range(count)]


def test_the_panes_are_the_frame_and_exactly_what_the_networks_return():
    seen = []

    def noting(frames):
        seen.append(frames)
        return frames.flip(-1)

    frames = some_frames()
    found = list(side_by_side(frames, {"stage 1": noting, "stage 2": lambda image: 1 - image}))
    assert len(found) == len(seen) == 3
    for frame, image, given in zip(frames, found, seen, strict=True):
        np.testing.assert_array_equal(given[0].permute(1, 2, 0).numpy() * 255, frame)
        assert image.shape[1] == 3 * 80 + 4 * GUTTER
        bottom = image.shape[0] - GUTTER
        panes = [image[bottom - 64 : bottom, GUTTER + 88 * index :][:, :80] for index in range(3)]
        for pane, expected in zip(panes, (frame, frame[:, ::-1], 255 - frame), strict=True):
            np.testing.assert_array_equal(pane, expected)


def test_captions_stand_above_the_panes_and_never_change():
    found = list(side_by_side(some_frames(), {"stage 1": torch.zeros_like}))
    headings = [image[: -64 - GUTTER] for image in found]
    assert all((heading == headings[0]).all() for heading in headings)
    assert (headings[0] == headings[0][..., :1]).all()
    for pane in range(2):
        left = GUTTER + 88 * pane
        assert headings[0][:, left : left + 80].min() < 100
    assert (headings[0][:, :GUTTER] == 255).all()


def test_even_frames_stay_even_as_h264_wants_them():
    for height in range(64, 400, 30):
        (image,) = side_by_side(some_frames(1, height, 66), {"stage 1": torch.zeros_like})
        assert image.shape[0] % 2 == image.shape[1] % 2 == 0


def test_frames_are_taken_one_at_a_time():
    def endless():
        yield from some_frames(1)
        raise AssertionError("a second frame was taken")

    assert next(side_by_side(endless(), {})).shape[1] == 80 + 2 * GUTTER


@pytest.mark.parametrize("text", ["", "stage 1", "a caption far too long for so little room"])
def test_a_caption_stays_in_its_strip(text):
    strip = caption(text, 90, 12)
    assert strip.shape == (19, 90, 3)
    assert (strip < 128).any() == bool(text)
    assert (strip[[0, -1]] == 255).all()
