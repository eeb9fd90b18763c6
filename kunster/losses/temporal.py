"""Losses of temporal consistency between consecutive frames, as pure functions.

Both terms compare frame t with frame t+1 warped back onto it by the forward flow, on the pixels
that can be traced (Gao et al. 2018, ReCoNet, eq. 2 and 4).
"""

from torch import Tensor
from torch.nn import functional as F

from kunster.losses.warp import resize_flow, resize_mask, warp_back
from kunster.machine.devices import mean_over_devices
from kunster.pictures.images import LUMINANCE

MIN_DETAIL = 1e-4  # variance of an even picture, below what 8 bits show
SQUARE = 8  # pixels, the side of the squares whose variance is a picture's detail


def output_loss(
    stylized: Tensor, frames: Tensor | None, flow: Tensor, non_occluded: Tensor
) -> Tensor:
    """Mean of M · ‖(O_t − W(O_t+1)) − Y(I_t − W(I_t+1))‖² over pixels and channels: a scalar.

    Y is the relative luminance, the same for the three channels: light that changes in the video
    may change in the picture. Without frames it counts as an error, as in Huang et al. 2017.

    Args:
        stylized: both frames of each pair, (B, 2, 3, H, W), RGB in [0, 1].
        frames: those of the video, the same; None leaves Y out.
        flow: from t to t+1, (B, 2, H, W), pixels.
        non_occluded: bool (B, H, W), M: the pixels of t that can be seen in t+1.
    """
    error = _change(stylized, flow)
    if frames is not None:
        # channel by channel: a tensor of the weights would be a copy from the host in every step
        red, green, blue = _change(frames, flow).chunk(3, dim=1)
        error = error - (LUMINANCE[0] * red + LUMINANCE[1] * green + LUMINANCE[2] * blue)
    return (non_occluded[:, None] * error.square()).mean()


def detail_energy(stylized: Tensor) -> Tensor:
    """Mean variance in squares of 8 pixels, over squares, channels and all devices: a scalar.

    Args:
        stylized: (..., 3, H, W), RGB in [0, 1].
    """
    pictures = stylized.float().flatten(0, -4)
    height, width = (side - side % SQUARE for side in pictures.shape[-2:])
    squares = pictures[..., :height, :width]
    flat = F.avg_pool2d(squares, SQUARE).square().mean()
    energy: Tensor = mean_over_devices(squares.square().mean() - flat)
    return energy.clamp_min(MIN_DETAIL)


def feature_loss(features: Tensor, flow: Tensor, non_occluded: Tensor) -> Tensor:
    """Mean of M · (F_t − W(F_t+1))² over the feature map, as a share of its variance: a scalar.

    The variance is the mean over the batch on all devices. Without it, a network could lower the
    loss by smaller features, which the norm behind them enlarges again.

    Args:
        features: of both frames, (B, 2, C, h, w).
        flow, non_occluded: as for `output_loss`, at the frames' size.
    """
    size = (features.shape[-2], features.shape[-1])
    change = _change(features, resize_flow(flow, size))
    visible = resize_mask(non_occluded, size)[:, None]
    variance: Tensor = mean_over_devices(features.float().var(dim=(-2, -1)).mean())
    return (visible * change.square()).mean() / variance


def _change(pair: Tensor, flow: Tensor) -> Tensor:
    """First minus second, warped back onto it: (B, 2, C, H, W) to (B, C, H, W), float32."""
    return pair[:, 0].float() - warp_back(pair[:, 1], flow)
