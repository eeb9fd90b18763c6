"""A network in operations that XNNPACK has, all of them, so that it computes the whole at once."""

import torch
from torch import Tensor, nn

from kunster.networks.layers import FilterResponseNorm
from kunster.networks.stylizer import Stylizer

ROWS, COLUMNS = 2, 3  # axes of (B, C, H, W)
MOST_JOINED = 5  # by XNNPACK in one operation
NORMS = (nn.InstanceNorm2d, FilterResponseNorm)


def in_plain_operations(network: Stylizer) -> Stylizer:
    """The network itself, of the same function."""
    for name, module in list(network.named_modules()):
        if isinstance(module, NORMS):
            network.set_submodule(name, PlainNorm(module))
        elif isinstance(module, nn.ReflectionPad2d):
            network.set_submodule(name, Mirror(module.padding, 1))
        elif isinstance(module, nn.ReplicationPad2d):
            assert max(module.padding) == 1, "of one pixel, a mirror's image is its repetition"
            network.set_submodule(name, Mirror(module.padding, 0))
        elif isinstance(module, nn.ZeroPad2d):
            network.set_submodule(name, Cut(module.padding))
        elif isinstance(module, nn.Conv2d) and module.padding_mode == "reflect":
            rows, columns = (side // 2 for side in module.kernel_size)
            margins = Mirror((columns, columns, rows, rows), 1)
            module.padding, module.padding_mode = (0, 0), "zeros"
            network.set_submodule(name, nn.Sequential(margins, module))
    return network


class PlainNorm(nn.Module):
    """Instance norm or filter response norm as sums and products."""

    def __init__(self, norm: nn.Module) -> None:
        super().__init__()
        assert isinstance(norm, NORMS)
        self.centred, self.eps = isinstance(norm, nn.InstanceNorm2d), norm.eps
        self.weight = nn.Parameter(norm.weight.view(1, -1, 1, 1))
        self.bias = nn.Parameter(norm.bias.view(1, -1, 1, 1))

    def forward(self, features: Tensor) -> Tensor:
        if self.centred:
            # twice: one sum over 153,600 values loses four digits, and norms blow that up
            for _ in range(2):
                features = features - features.mean((ROWS, COLUMNS), keepdim=True)
        power = (features * features).mean((ROWS, COLUMNS), keepdim=True)
        return features * (torch.rsqrt(power + self.eps) * self.weight) + self.bias


class Mirror(nn.Module):
    """Padding by slices: mirrored at the edge's pixels (1), or at the edge itself (0)."""

    def __init__(self, margins: tuple[int, int, int, int], mirror: int) -> None:
        super().__init__()
        self.margins, self.mirror = margins, mirror

    def forward(self, features: Tensor) -> Tensor:
        left, right, top, bottom = self.margins
        return self._along(COLUMNS, left, right, self._along(ROWS, top, bottom, features))

    def _along(self, axis: int, before: int, after: int, features: Tensor) -> Tensor:
        last = features.shape[axis] - 1
        parts = [features.narrow(axis, self.mirror + i, 1) for i in reversed(range(before))]
        parts.append(features)
        parts += [features.narrow(axis, last - self.mirror - i, 1) for i in range(after)]
        while len(parts) > 1:
            parts = [torch.cat(parts[:MOST_JOINED], axis), *parts[MOST_JOINED:]]
        return parts[0]


class Cut(nn.Module):
    """Without the outermost rows and columns: negative margins."""

    def __init__(self, margins: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.margins = margins

    def forward(self, features: Tensor) -> Tensor:
        left, right, top, bottom = self.margins
        height, width = features.shape[-2:]
        return features[..., -top : height + bottom, -left : width + right]
