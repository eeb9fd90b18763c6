"""Names of perceptual layers: `relu4_1`, `relu4_1/2` at half size, `relu3_3@112` in a window."""

import re
from typing import NamedTuple

from torch import Tensor
from torch.nn import functional as F

from kunster.errors import UserError

_FORM = re.compile(r"(\w+)(?:/([1-9]\d*))?(?:@([1-9]\d*))?")
_EDGE = 2  # pixels of a window's features: their convolutions see the zeros behind its edge


class View(NamedTuple):
    """The pictures that a layer sees.

    Attributes:
        factor: how much smaller they are made.
        window: side in pixels of the part that is seen, before it is made smaller; None: all.
    """

    factor: int = 1
    window: int | None = None

    def of(self, pictures: Tensor, turn: int) -> Tensor:
        """The view of pictures (B, C, H, W).

        A window lies top left in turn 0, bottom right in turn 1; pictures smaller than it are seen
        whole.
        """
        if self.window is not None:
            part = slice(0, self.window) if turn == 0 else slice(-self.window, None)
            pictures = pictures[..., part, part]
        return pictures if self.factor == 1 else F.avg_pool2d(pictures, self.factor)

    def without_edge(self, features: Tensor) -> Tensor:
        """Features (B, C, h, w) less the edge of a window, which sees zeros behind it."""
        return features if self.window is None else features[..., _EDGE:-_EDGE, _EDGE:-_EDGE]


def read_layer(name: str) -> tuple[str, View]:
    """A layer of the perceptual network and the view of the pictures that it is given.

    Raises:
        UserError: the name has another form.
    """
    found = _FORM.fullmatch(name)
    if not found:
        raise UserError(
            f"layer {name}: must be relu4_1, relu4_1/2 for pictures at half size, or relu3_3@112 "
            "in a window of 112 pixels"
        )
    layer, factor, window = found.groups()
    return layer, View(int(factor or 1), int(window) if window else None)
