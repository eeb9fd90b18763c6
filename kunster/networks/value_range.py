"""Value ranges of other tools' networks, folded into the first and last layer."""

import copy
from typing import NamedTuple

import torch
from torch import Tensor, nn

from kunster.errors import UserError
from kunster.networks.stylizer import Stylizer, check_frames

AUTO = "auto"


class ValueRange(NamedTuple):
    """The values that a network takes and returns: RGB in [0, 1] times `scale` plus `shift`."""

    scale: tuple[float, float, float]
    shift: tuple[float, float, float]


RANGES = {
    "1": ValueRange((1, 1, 1), (0, 0, 0)),
    "255": ValueRange((255, 255, 255), (0, 0, 0)),  # PyTorch's example fast_neural_style
    "signed": ValueRange((2, 2, 2), (-1, -1, -1)),
    # torchvision's mean and deviation, r: (r - mean) / deviation
    "imagenet": ValueRange(
        (1 / 0.229, 1 / 0.224, 1 / 0.225), (-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225)
    ),
    # A line of ReCoNets with Johnson's layers ends in 150 tanh(z / 255) + 127.5; this is the
    # straight line through its middle, z = (255 r - 127.5) * 255 / 150.
    "tanh150": ValueRange((433.5, 433.5, 433.5), (-216.75, -216.75, -216.75)),
}
QUANTILES = (0.1, 0.5, 0.9)
# Of pictures in [0, 1], measured: 60 photos of COCO have a median of 0.2 to 0.6 and a span (10 % to
# 90 %) of 0.4 to 0.8, eight much used style paintings 0.36 to 0.66 and 0.5 to 0.7.
MEDIAN, MEDIAN_SCATTER, SPAN = 0.45, 0.3, 0.6
STRANGEST = 3.0  # a span off by a factor of 20, or a median off by 0.9


def folded(network: Stylizer, values: ValueRange) -> Stylizer:
    """A copy of `network` that takes and returns RGB in [0, 1] instead of its own range.

    Exact at the borders too, because padding is by reflection. A network that ends in tanh returns
    [0, 1] already: only its input is changed.
    """
    network = copy.deepcopy(network)
    first, last = network.encoder.get_submodule("0.0"), network.decoder[-1]
    assert isinstance(first, nn.Conv2d)
    assert isinstance(last, nn.Conv2d)
    scale, shift = (torch.tensor(value).view(3, 1, 1) for value in values)
    with torch.no_grad():
        _bias(first).add_((first.weight * shift).sum(dim=(1, 2, 3)))
        first.weight.mul_(scale)
        if not network.tanh:
            last.weight.div_(scale[..., None])
            _bias(last).sub_(shift.flatten()).div_(scale.flatten())
    return network


def found_range(network: Stylizer, photos: Tensor) -> str:
    """The name of the range whose stylized photos look most like pictures.

    Instance norm hides the input's range, so median and span of the output decide. For networks
    that end in tanh it is always `signed`, as in a public ReCoNet. Ranges that
    differ by a factor of two only (1 and signed, 255 and tanh150) can be taken for one another
    where a style is very pale or very dark and flat.

    Args:
        network: as loaded, nothing folded in.
        photos: (B, 3, H, W), RGB in [0, 1], H and W multiples of 4; two are enough.

    Raises:
        UserError: no range gives anything like a picture.
    """
    check_frames(photos)
    if network.tanh:
        return "signed"
    strangeness = {name: _strangeness(network, values, photos) for name, values in RANGES.items()}
    found = min(strangeness, key=lambda name: strangeness[name])
    if not strangeness[found] < STRANGEST:
        raise UserError(
            f"start_range={AUTO}: its outputs on photographs are in the range of none of "
            f"{', '.join(RANGES)}; state which it is, if it is a stylizer at all"
        )
    return found


def _strangeness(network: Stylizer, values: ValueRange, photos: Tensor) -> float:
    with torch.no_grad():
        stylized = folded(network, values)(photos).flatten()
    low, middle, high = stylized.quantile(torch.tensor(QUANTILES))
    off_centre = (middle - MEDIAN).abs() / MEDIAN_SCATTER
    return float(off_centre + ((high - low) / SPAN).log().abs())


def _bias(convolution: nn.Conv2d) -> Tensor:
    assert convolution.bias is not None
    return convolution.bias
