import pytest
import torch

from kunster.losses.grid import grid_power


def waves(height: int, width: int, size: float) -> torch.Tensor:
    """A picture (1, 3, H, W) with stripes 4 pixels apart, of mean square size² / 2."""
    stripes = size * torch.tensor([0.0, 1.0, 0.0, -1.0]).repeat(width // 4)
    return (0.5 + stripes).expand(1, 3, height, width)


@pytest.mark.parametrize("size", [0.02, 0.1])
def test_a_grid_has_the_power_of_its_waves(size):
    assert float(grid_power(waves(64, 96, size))) == pytest.approx(size**2 / 2, rel=0.05)
    ramp = torch.linspace(0, 1, 96).expand(1, 3, 64, 96)  # a sky is no grid
    assert abs(float(grid_power(ramp))) < 1e-6
    found = float(grid_power(waves(64, 96, size) + 0.3 * ramp))
    assert found == pytest.approx(size**2 / 2, rel=0.05)


def test_of_several_pictures_it_is_the_mean():
    pictures = [waves(32, 64, size) for size in (0.0, 0.1)]
    alone = torch.stack([grid_power(picture) for picture in pictures])
    torch.testing.assert_close(grid_power(torch.cat(pictures)), alone.mean())


def test_its_gradient_takes_the_grid_and_leaves_the_strokes():
    torch.manual_seed(0)
    strokes = 0.2 * torch.rand(1, 3, 128, 128)
    learned = torch.zeros(4, 4, requires_grad=True)

    def picture() -> torch.Tensor:
        return strokes + waves(128, 128, 0.1) + learned.repeat(32, 32)

    before = picture().detach()
    for _ in range(60):
        (slope,) = torch.autograd.grad(grid_power(picture()), learned)
        with torch.no_grad():
            learned -= 4 * slope
    after = picture().detach()
    assert float(grid_power(before)) > 100 * abs(float(grid_power(after)))
    assert (after - strokes).std() < 0.1 * (before - strokes).std()


def test_opposite_grids_side_by_side_are_no_gain():
    both = torch.cat([waves(64, 64, 0.1), waves(64, 64, -0.1)], dim=-1)
    assert grid_power(both) >= 0
    assert float(grid_power(both)) < 1e-4
