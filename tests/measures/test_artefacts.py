"""Grids and borders that are painted onto pictures are found at the height they were painted."""

import numpy as np
import pytest
import torch

from kunster.data.scenes import scene
from kunster.measures.artefacts import (
    BANDS,
    MARGIN,
    artefacts,
    edge_difference,
    steady_grid,
)

PHOTOS = [np.asarray(scene(number, size=192)) for number in range(4)]


def unchanged(frames):
    return frames


def with_grid(frames):
    """8/255 up and down by turns in each row: ±8 everywhere, so its root mean square is 8."""
    sign = 1 - 2.0 * (torch.arange(frames.shape[-1]) % 2)
    return frames + 8 / 255 * sign


def with_drifting_grid(frames):
    """The same, but its sign changes with the picture's middle: no pattern of the whole."""
    return torch.cat(
        [
            half + sign * (with_grid(half) - half)
            for half, sign in zip(frames.chunk(2, -1), (1, -1), strict=True)
        ],
        dim=-1,
    )


def darker_by_the_edge(frames):
    frames = frames.clone()
    frames[..., :4, :] -= 20 / 255
    frames[..., -4:, :] -= 20 / 255
    frames[..., :4] -= 20 / 255
    frames[..., -4:] -= 20 / 255
    return frames


def greener_in_the_middle(frames):
    """Greener at every pixel, as statistics of the whole picture make it, far from edges too."""
    frames = frames.clone()
    frames[:, 1] += 5 / 255
    return frames


def test_painted_grids_and_borders_are_measured_and_photos_have_none():
    networks = [unchanged, with_grid, with_drifting_grid, darker_by_the_edge, greener_in_the_middle]
    photo, grid, drifting, border, green = artefacts(networks, PHOTOS)
    assert photo.grid < 0.5
    assert photo.border == 0
    assert grid.grid == pytest.approx(8, abs=0.5)
    assert drifting.grid < 0.5
    assert grid.border == pytest.approx(0, abs=1e-3)
    # 20, and 40 in the corners, which are 1/16 of the band's pixels at most
    assert -23 < border.border < -20
    assert border.grid < 0.5
    assert green.border == pytest.approx(0, abs=1e-3)


def test_strokes_of_no_fixed_place_are_no_grid():
    random = torch.Generator().manual_seed(0)
    powers = [steady_grid(torch.rand(1, 3, 128, 128, generator=random)) for _ in range(20)]
    # noise of deviation 0.29 in 512 places a half: less than 1 step of 1/255 on the average
    assert abs(torch.stack(powers).mean()) < (1 / 255) ** 2


def test_each_band_is_compared_by_itself_and_less_the_middle():
    inside = torch.zeros(1, 3, 128, 96)
    part = inside + 0.25
    for level, (first, end) in enumerate(BANDS, start=1):
        ring = torch.full((128 - 2 * first, 96 - 2 * first), float(level))
        ring[end - first : first - end, end - first : first - end] = 0
        part[..., first : 128 - first, first : 96 - first] += ring
    assert min(part.shape[-2:]) > 2 * MARGIN
    expected = torch.tensor([1.0, 2.0, 3.0])[:, None].expand(3, 3)
    torch.testing.assert_close(edge_difference(part, inside), expected)
