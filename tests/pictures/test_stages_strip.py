import numpy as np
import pytest
import torch

from kunster.pictures.stages_strip import stages_strip

RED, GREEN, BLUE = (1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0)


def flat(*colours, size=(64, 96)):
    return torch.tensor(colours)[:, :, None, None].expand(-1, -1, *size)


def boxes(strip, colour):
    """(rows, columns) of the rectangle of a colour; nothing but that colour lies in it."""
    there = (strip == np.uint8(np.multiply(colour, 255))).all(axis=2)
    rows, columns = (np.flatnonzero(there.any(axis=axis)) for axis in (1, 0))
    rows, columns = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    assert there[rows, columns].all()
    return rows, columns


def size_of(box):
    return tuple(part.stop - part.start for part in box)


def test_photos_stand_over_their_stages_and_pixels_are_those_of_the_pictures():
    random = torch.Generator().manual_seed(0)
    photos, first, second = torch.rand(3, 2, 3, 64, 96, generator=random)
    strip = stages_strip(flat(BLUE)[0], photos, {"stage 1": first, "stage 2": second})
    _, painting = boxes(strip, BLUE)
    gutter = 2
    left = painting.stop + gutter
    bytes_of = [
        [(255 * picture).round().byte().permute(1, 2, 0).numpy() for picture in row]
        for row in (photos, first, second)
    ]
    tops = []
    for row in bytes_of:
        tops.append(
            next(
                top
                for top in range(strip.shape[0] - 63)
                if (strip[top : top + 64, left : left + 96] == row[0]).all()
            )
        )
        beside = strip[tops[-1] : tops[-1] + 64, left + 96 + gutter :][:, :96]
        np.testing.assert_array_equal(beside, row[1])
    assert tops[1] - tops[0] == tops[2] - tops[1] > 64  # room for a caption, the same each time


def test_captions_cover_no_picture_and_all_else_is_white():
    strip = stages_strip(flat(BLUE)[0], flat(RED), {"stage 1": flat(GREEN)})
    left = np.zeros(strip.shape[:2], bool)
    for colour, size in ((RED, (64, 96)), (GREEN, (64, 96))):
        box = boxes(strip, colour)
        assert size_of(box) == size
        left[box] = True
    left[boxes(strip, BLUE)] = True
    outside = strip[~left]
    assert (outside == outside[:, :1]).all()  # grey text on white, no other colour
    assert (outside == 255).mean() > 0.9
    assert outside.min() < 100  # there is text


@pytest.mark.parametrize("size", [(200, 150), (90, 180), (40, 30)])
def test_the_painting_keeps_its_shape_and_fills_the_height_or_its_widest(size):
    strip = stages_strip(flat(BLUE, size=size)[0], flat(RED), {"stage 1": flat(GREEN)})
    top = boxes(strip, RED)[0].start
    bottom = boxes(strip, GREEN)[0].stop
    (rows, columns), (height, width) = boxes(strip, BLUE), size_of(boxes(strip, BLUE))
    assert rows.start == top
    assert columns.start > 0
    assert height == bottom - top or width == 1.75 * 96
    assert width / height == pytest.approx(size[1] / size[0], abs=0.02)
