import pytest
import torch

from kunster.losses.warp import (
    consistent,
    in_bounds,
    motion_boundaries,
    resize_flow,
    resize_mask,
    warp_back,
)

HEIGHT, WIDTH = 30, 41


def constant_flow(u: float, v: float, dtype=torch.float64) -> torch.Tensor:
    return torch.tensor([u, v], dtype=dtype).view(1, 2, 1, 1).repeat(1, 1, HEIGHT, WIDTH)


def texture(dtype=torch.float64) -> torch.Tensor:
    return torch.rand(1, 3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(0)).to(dtype)


@pytest.mark.parametrize(("u", "v"), [(0, 0), (3, 2), (-5, 1), (0, -7)])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 2e-5)])
def test_a_picture_moved_by_whole_pixels_warps_back_exactly(u, v, dtype, tolerance):
    first = texture(dtype)
    second = first.roll((v, u), dims=(2, 3))  # what was at x is now at x + u
    flow = constant_flow(u, v, dtype)
    inside = in_bounds(flow)
    error = (warp_back(second, flow) - first).abs().amax(dim=1)
    assert error[inside].max() < tolerance
    assert inside.sum() == (WIDTH - abs(u)) * (HEIGHT - abs(v))


def test_a_ramp_is_read_at_exactly_the_place_the_flow_points_to():
    y, x = torch.meshgrid(
        torch.arange(HEIGHT).double(), torch.arange(WIDTH).double(), indexing="ij"
    )
    ramps = torch.stack([x, y])[None]
    flow = torch.randn(1, 2, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(1)).double() * 3
    error = (warp_back(ramps, flow) - (ramps + flow)).abs().amax(dim=1)
    assert error[in_bounds(flow)].max() < 1e-12


def test_warping_half_precision_frames_happens_in_single():
    assert warp_back(texture(torch.bfloat16), constant_flow(1, 0)).dtype == torch.float32


def test_flow_values_scale_with_their_own_axis():
    smaller = resize_flow(constant_flow(8, -6), (HEIGHT // 3, WIDTH * 2))
    assert smaller.shape == (1, 2, 10, 82)
    torch.testing.assert_close(smaller[0, 0], torch.full((10, 82), 16.0).double())
    torch.testing.assert_close(smaller[0, 1], torch.full((10, 82), -2.0).double())


def test_a_translation_stays_a_translation_at_a_quarter_of_the_size():
    """Features at a quarter of the size move by a quarter of the pixels."""
    first = texture()[..., :28, :40]
    second = first.roll(4, dims=3)
    flow = constant_flow(4, 0)[..., :28, :40]
    small = [torch.nn.functional.avg_pool2d(frames, 4) for frames in (first, second)]
    quarter = resize_flow(flow, (7, 10))
    error = (warp_back(small[1], quarter) - small[0]).abs().amax(dim=1)
    assert error[in_bounds(quarter)].max() < 1e-12


def test_a_resized_pixel_is_good_only_where_all_of_it_is():
    mask = torch.ones(1, 8, 10, dtype=torch.bool)
    mask[0, 3, 4] = False
    smaller = resize_mask(mask, (4, 4))  # 10 columns on 4: the third begins in the middle of one
    assert not smaller[0, 1, 1]
    assert smaller.sum() == 15
    mask[0, 3, 2] = False  # lies half in the first column and half in the second
    assert resize_mask(mask, (4, 4)).sum() == 14


def test_background_that_a_moving_square_covers_is_not_consistent():
    forward, backward = constant_flow(0, 0), constant_flow(0, 0)
    forward[..., 10:20, 8:18] = torch.tensor([6.0, 0]).double().view(2, 1, 1)
    backward[..., 10:20, 14:24] = torch.tensor([-6.0, 0]).double().view(2, 1, 1)
    covered = torch.zeros(1, HEIGHT, WIDTH, dtype=torch.bool)
    covered[0, 10:20, 18:24] = True
    assert torch.equal(consistent(forward, backward), ~covered)


def test_what_leaves_the_picture_is_not_consistent():
    flow = constant_flow(5, 0)
    assert torch.equal(consistent(flow, -flow), in_bounds(flow))
    assert not consistent(flow, -flow)[..., -5:].any()


def test_flow_that_grows_evenly_is_a_boundary_where_it_grows_faster_than_it_moves():
    """u = 0.1 x: the slope's square is 0.01 everywhere, the limit 0.01 (0.1 x)^2 + 0.002."""
    columns = torch.arange(WIDTH).double()
    flow = constant_flow(0, 0)
    flow[:, 0] = 0.1 * columns
    expected = columns < 80**0.5
    assert torch.equal(motion_boundaries(flow), expected.expand(1, HEIGHT, WIDTH))
    assert torch.equal(motion_boundaries(flow.flip(1).mT), expected.expand(1, HEIGHT, WIDTH).mT)


def test_a_boundary_lies_on_both_sides_of_an_edge_and_nowhere_else():
    flow = constant_flow(3, -2)
    assert not motion_boundaries(flow).any()
    flow[..., 8:20, 10:30] = 0
    inner, outer = (
        torch.nn.functional.max_pool2d(part.double(), (3, 3), 1, 1)[0] > 0
        for part in ((flow[:, :1] == 0), (flow[:, :1] != 0))
    )
    corners = torch.zeros_like(inner)
    for y, x in ((7, 9), (7, 30), (20, 9), (20, 30)):  # touch the square diagonally only
        corners[0, y, x] = True
    assert torch.equal(motion_boundaries(flow), inner & outer & ~corners)
