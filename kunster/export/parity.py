"""Comparison of an exported file with its network, in steps of 1/255."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice, product
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from kunster.pictures.images import as_image, middle

Image = np.ndarray  # uint8 (H, W, 3), RGB
Size = tuple[int, int]  # (height, width), pixels
Stylize = Callable[[Image], np.ndarray]  # to float32 (H, W, 3), RGB from 0 to 255, clamped

# Half precision ends at 65504; what an unusual picture may add to the photos is a factor of four.
HALF_PRECISION_LIMIT = 65504 / 4


class ParityError(RuntimeError):
    """An exported file does not compute what its network computes."""


class Allowed(NamedTuple):
    """The largest errors of a file against its network, in steps of 1/255."""

    maximum: float
    mean: float


@dataclass(frozen=True)
class Opened:
    """An exported file as a function, with facts about its content.

    Attributes:
        operations: number of operations of each kind.
        sizes: sizes that the file lists; empty if it takes any multiples of 4.
        ranges: the largest magnitude of each operation's result, in half precision, over all
            pictures so far; filled by `stylize`, empty for files in single precision.
    """

    stylize: Stylize
    operations: Mapping[str, int]
    sizes: tuple[Size, ...] = ()
    ranges: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """Largest and mean absolute difference for one picture at one size, in steps of 1/255."""

    case: str
    height: int
    width: int
    maximum: float
    mean: float


@torch.inference_mode()
def check(
    opened: Opened,
    network: nn.Module,
    cases: Iterable[tuple[str, Image]],
    allowed: Allowed,
) -> list[Difference]:
    """Compares a file with its network on every case.

    Args:
        network: in eval mode, float32, on the CPU.
        cases: names and pictures whose sides are multiples of 4.

    Raises:
        ParityError: names the size and the error, or the operation that is near to overflow.
    """
    found = []
    for case, image in cases:
        expected = network(as_image(image)).clamp(0, 1)[0].permute(1, 2, 0).numpy() * 255
        error = np.abs(opened.stylize(image) - expected)
        height, width = image.shape[:2]
        difference = Difference(case, height, width, float(error.max()), float(error.mean()))
        within = difference.maximum <= allowed.maximum and difference.mean <= allowed.mean
        if not within:  # also for NaN
            raise ParityError(_described(difference, allowed))
        found.append(difference)
    for operation, largest in opened.ranges.items():
        if not largest <= HALF_PRECISION_LIMIT:
            raise ParityError(
                f"reaches {largest:.4g} after {operation}; with {HALF_PRECISION_LIMIT:.0f} and "
                "more, half precision, which ends at 65504, is not safe"
            )
    return found


def photo_cases(
    photos: Sequence[Image], sizes: Sequence[Size], all_pairs: bool = False
) -> Iterator[tuple[str, Image]]:
    """Photos of any size, cut and scaled: each photo and each size at least once, or all pairs."""
    numbers = range(len(photos))
    in_turn = islice(zip(cycle(numbers), cycle(sizes)), max(len(photos), len(sizes)))
    for number, (height, width) in product(numbers, sizes) if all_pairs else in_turn:
        yield f"photo {number}", middle(photos[number], height, width)


def worst_cases(sizes: Iterable[Size]) -> Iterator[tuple[str, Image]]:
    """Pictures no camera takes, at each of the sizes: flat, saturated and noisy ones."""
    flat = {"black": (0, 0, 0), "white": (255, 255, 255), "red": (255, 0, 0), "blue": (0, 0, 255)}
    for size in sizes:
        for name, colour in flat.items():
            yield name, np.full((*size, 3), colour, np.uint8)
        noise = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
        yield "noise", noise
        yield "saturated noise", (noise > 127) * np.uint8(255)
        checkers = np.indices(size).sum(0) % 2 * 255
        yield "checkers", np.stack([checkers, 255 - checkers, checkers], -1).astype(np.uint8)


def _described(difference: Difference, allowed: Allowed) -> str:
    return (
        f"differs from the network at {difference.width}x{difference.height} ({difference.case}): "
        f"{difference.maximum:.3g}/255 at most, {difference.mean:.3g}/255 on average; "
        f"allowed {allowed.maximum:.3g} and {allowed.mean:.3g}"
    )
