"""Warping along forward flow, and masks of non-occluded pixels.

Flow is always **forward**: pixel (x, y) of frame t moves to (x + u, y + v) in frame t+1, with u to
the right and v downwards, in pixels. Frame t+1 is warped *back* onto frame t.
"""

import torch
from torch import Tensor
from torch.nn import functional as F


def warp_back(next_frames: Tensor, forward_flow: Tensor) -> Tensor:
    """Frames t+1 warped onto frames t: sampled at x + flow(x), bilinear, edges repeated.

    Args:
        next_frames: frames (or feature maps) at t+1, (B, C, H, W).
        forward_flow: flow from t to t+1 at the same size, (B, 2, H, W), pixels.

    Returns:
        (B, C, H, W), at least float32. Valid only where pixels are `in_bounds` and not occluded.
    """
    precision = torch.promote_types(next_frames.dtype, torch.float32)
    targets = _targets(forward_flow.to(precision))
    height, width = forward_flow.shape[-2:]
    sides = (width, height)
    # with align_corners=False, pixel centres lie at (2x + 1) / W - 1
    grid = torch.stack(
        [(2 * part + 1) / side - 1 for part, side in zip(targets.unbind(-1), sides, strict=True)],
        -1,
    )
    return F.grid_sample(
        next_frames.to(precision), grid, "bilinear", padding_mode="border", align_corners=False
    )


def in_bounds(forward_flow: Tensor) -> Tensor:
    """Mask of pixels that stay in the picture: flow (B, 2, H, W) to bool (B, H, W)."""
    targets = _targets(forward_flow)
    furthest = targets.new_tensor(forward_flow.shape[:1:-1]) - 1
    return ((targets >= 0) & (targets <= furthest)).all(dim=-1)


def consistent(forward_flow: Tensor, backward_flow: Tensor) -> Tensor:
    """Mask of pixels where forward and backward flow agree: bool (B, H, W).

    The others are occluded or have a wrong flow. Sundaram et al. 2010, eq. 5.

    Args:
        forward_flow: from t to t+1, (B, 2, H, W), pixels.
        backward_flow: from t+1 to t, (B, 2, H, W), pixels.
    """
    back = warp_back(backward_flow, forward_flow)
    error = (forward_flow + back).square().sum(dim=1)
    motion = forward_flow.square().sum(dim=1) + back.square().sum(dim=1)
    return (error < 0.01 * motion + 0.5) & in_bounds(forward_flow)


def motion_boundaries(flow: Tensor) -> Tensor:
    """Mask of pixels where flow (B, 2, H, W), pixels, changes abruptly: bool (B, H, W).

    Estimated flow is blurred between two objects there. Sundaram et al. 2010, sec. 3.1, with the
    constants of Ruder et al. 2016, eq. 6.
    """
    slopes = torch.gradient(flow, dim=(2, 3))
    steepness = sum(slope.square().sum(dim=1) for slope in slopes)
    return steepness > 0.01 * flow.square().sum(dim=1) + 0.002


def resize_flow(flow: Tensor, size: tuple[int, int]) -> Tensor:
    """Flow (B, 2, H, W) resized to (height, width), with its values scaled accordingly."""
    height, width = flow.shape[-2:]
    u, v = F.interpolate(flow, size, mode="bilinear", align_corners=False).unbind(dim=1)
    return torch.stack([u * (size[1] / width), v * (size[0] / height)], dim=1)


def resize_mask(non_occluded: Tensor, size: tuple[int, int]) -> Tensor:
    """Mask (B, H, W) of valid pixels, bool, resized to (height, width).

    A pixel is valid if all pixels that it covers are.
    """
    return F.adaptive_max_pool2d((~non_occluded).float(), size) == 0


def _targets(flow: Tensor) -> Tensor:
    """Target (x, y) of each pixel: (B, H, W, 2), pixels."""
    height, width = flow.shape[-2:]
    rows = torch.arange(height, dtype=flow.dtype, device=flow.device)
    columns = torch.arange(width, dtype=flow.dtype, device=flow.device)
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    return flow.permute(0, 2, 3, 1) + torch.stack([x, y], dim=-1)
