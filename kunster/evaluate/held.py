"""A network with strokes held still, as `kunster stylize` shows it, and the own flicker of both."""

from collections.abc import Sequence

import torch
from torch import Tensor

from kunster.evaluate.report import Report
from kunster.measures.models import Network
from kunster.measures.stability import own_flicker
from kunster.pictures.images import as_bytes, as_image
from kunster.video.steady import Steady

SHOWN = (
    "…_shown: of what kunster stylize --steady {steady:g} shows; on Sintel of the second frame of "
    "a pair, held to the first alone, which understates it"
)


def held(network: Network, amount: float) -> Network:
    """The network with its strokes held still over consecutive frames, (N, 3, H, W)."""

    def shown(frames: Tensor) -> Tensor:
        steady = Steady(amount)
        pictures = [
            steady.follow(as_bytes(frame), as_bytes(output))
            for frame, output in zip(frames, network(frames), strict=True)
        ]
        return torch.cat([as_image(picture) for picture in pictures])

    return shown


def own(report: Report, where: str, errors: Sequence[float]) -> None:
    """Fills own flicker of each row but the first, alone and shown.

    Args:
        where: what the names of the columns begin with.
        errors: of the input itself, of each network, and of what is shown of each.
    """
    rows = report.rows[1:]
    frames, alone, shown = errors[0], errors[1 : len(rows) + 1], errors[len(rows) + 1 :]
    for row, *found in zip(rows, alone, shown, strict=True):
        row.steadiness |= {
            f"{where}own": own_flicker(found[0], frames),
            f"{where}own_shown": own_flicker(found[1], frames),
            f"{where}error": found[0],
            f"{where}error_shown": found[1],
        }
