"""Flow over several frames in closed form."""

import pytest
import torch

from kunster.data.tracing import composed
from kunster.losses.warp import in_bounds

HEIGHT, WIDTH = 24, 32
Y, X = torch.meshgrid(torch.arange(HEIGHT), torch.arange(WIDTH), indexing="ij")


def shift(u, v):
    """Flow of a whole frame, and the mask of what stays in it."""
    flow = torch.tensor([u, v]).float().view(2, 1, 1).repeat(1, HEIGHT, WIDTH)
    return flow, in_bounds(flow[None])[0]


def stays(*places):
    """Pixels whose place, counted from their own, is in the frame at each time."""
    found = torch.ones(HEIGHT, WIDTH, dtype=torch.bool)
    for x, y in places:
        found &= (X + x >= 0) & (X + x < WIDTH) & (Y + y >= 0) & (Y + y < HEIGHT)
    return found


@pytest.mark.parametrize(
    ("steps", "places"),
    [
        ([(3, -2)], [(3, -2)]),
        ([(3, -2), (1, 4)], [(3, -2), (4, 2)]),
        ([(5, 0), (-5, 0)], [(5, 0), (0, 0)]),  # what left the frame and came back is not known
        ([(2, 1), (2, 1), (-6, 3)], [(2, 1), (4, 2), (-2, 5)]),
    ],
)
def test_shifts_add_up_and_what_leaves_the_frame_on_the_way_is_masked(steps, places):
    flow, non_occluded = composed([shift(*step) for step in steps])
    assert torch.equal(non_occluded, stays(*places))
    last = torch.tensor(places[-1]).float()
    assert torch.equal(flow[:, non_occluded], last[:, None].expand(2, int(non_occluded.sum())))


def test_zooms_multiply():
    zoom, again = ((grow - 1) * torch.stack([X - 16.0, Y - 12.0]) for grow in (1.1, 1.2))
    everywhere = torch.ones(HEIGHT, WIDTH, dtype=torch.bool)
    flow, _ = composed([(zoom, everywhere), (again, everywhere)])
    inside = in_bounds(zoom[None])[0]
    expected = (1.1 * 1.2 - 1) * torch.stack([X - 16.0, Y - 12.0])
    torch.testing.assert_close(flow[:, inside], expected[:, inside], atol=1e-4, rtol=0)


def test_what_is_hidden_in_a_later_frame_is_masked_where_it_was_in_the_first():
    flow, mask = shift(2, 0)
    hidden = mask.clone()
    hidden[10, 20] = False
    _, non_occluded = composed([(flow, mask), (flow, hidden)])
    expected = stays((2, 0), (4, 0))
    expected[10, 18] = False
    assert torch.equal(non_occluded, expected)
