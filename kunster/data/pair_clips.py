"""Clips from stored frame pairs: random windows, randomly mirrored, endless."""

from collections.abc import Collection
from typing import Protocol

import torch
from numpy.random import Generator

from kunster.data.clips import FramePairs, checked_size
from kunster.data.crops import generator, order
from kunster.errors import UserError
from kunster.losses.warp import in_bounds

STREAM, ORDER_STREAM = 3, 4  # of random numbers; `Crops` has 0 and 1, `SyntheticClips` 2
TRIES = 4  # random windows per pair
ENOUGH = 0.5  # share of non-occluded pixels at which a window is accepted


class StoredPairs(Protocol):
    """A sequence of frame pairs, and the sizes (height, width) of their frames."""

    @property
    def source(self) -> str: ...

    @property
    def sizes(self) -> Collection[tuple[int, int]]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> FramePairs:
        """One pair without a batch axis."""


class PairClips:
    """Windows of stored pairs, mirrored with probability 1/2.

    Each epoch takes every pair once, in a new order.

    Pair number `index` depends on `(seed, index)` alone. Pixels whose match leaves the window are
    masked. Of `TRIES` windows the first with enough non-occluded pixels is taken, else the best; a
    pair without any is replaced by the next.

    Args:
        size: (height, width) of the windows in pixels; None takes whole frames.

    Raises:
        UserError: there are no pairs, all pixels are occluded, or the window does not fit.
    """

    def __init__(
        self,
        pairs: StoredPairs,
        size: tuple[int, int] | None = None,
        seed: int = 0,
    ) -> None:
        self.pairs, self.seed = pairs, seed
        self.size = window_size(size, pairs.sizes)
        if not any(pairs[index].non_occluded.any() for index in range(len(pairs))):
            raise UserError(f"{pairs.source}: all pixels of all pairs are occluded")

    @property
    def source(self) -> str:
        return self.pairs.source

    def batch(self, start_index: int, batch_size: int) -> FramePairs:
        drawn = [self._draw(start_index + offset) for offset in range(batch_size)]
        return FramePairs(*(torch.stack(part) for part in zip(*drawn, strict=True)))

    def _draw(self, index: int) -> FramePairs:
        count = len(self.pairs)
        epoch, position = divmod(index, count)
        turns = order(count, self.seed, epoch, ORDER_STREAM)
        random = generator(self.seed, index, STREAM)
        mirror = random.random() < 0.5
        for step in range(count):
            drawn = self._window(self.pairs[int(turns[(position + step) % count])], random)
            if drawn.non_occluded.any():
                break
        return mirrored(drawn) if mirror else drawn

    def _window(self, pair: FramePairs, random: Generator) -> FramePairs:
        height, width = pair.flow.shape[-2:]
        seen = []
        for _ in range(TRIES):
            top = int(random.integers(height - self.size[0] + 1))
            left = int(random.integers(width - self.size[1] + 1))
            seen.append(cropped(pair, top, left, self.size))
            if _non_occluded_share(seen[-1]) >= ENOUGH:
                return seen[-1]
        return max(seen, key=_non_occluded_share)


def window_size(
    size: tuple[int, int] | None, frame_sizes: Collection[tuple[int, int]]
) -> tuple[int, int]:
    """Checked (height, width) of the windows: `size`, or the size of the frames.

    Raises:
        UserError: it does not fit into the frames, it is None and they have several sizes, or a
            side is not a multiple of 4 from 64 up.
    """
    if not frame_sizes:
        raise UserError("clips: there are no pairs of frames")
    if size is None and len(frame_sizes) > 1:
        known = ", ".join(f"{width}x{height}" for height, width in sorted(frame_sizes))
        raise UserError(f"clips.size=null: the frames have several sizes, {known}; give one")
    height, width = checked_size(size or next(iter(frame_sizes)))
    for frame_height, frame_width in sorted(frame_sizes):
        if height > frame_height or width > frame_width:
            raise UserError(
                f"clips.size={[height, width]}: does not fit into the frames, some of which are "
                f"{[frame_height, frame_width]} (height, width)"
            )
    return height, width


def cropped(pair: FramePairs, top: int, left: int, size: tuple[int, int]) -> FramePairs:
    """Window of a pair; pixels that move out of it are masked."""
    rows, columns = slice(top, top + size[0]), slice(left, left + size[1])
    flow = pair.flow[:, rows, columns]
    non_occluded = pair.non_occluded[rows, columns] & in_bounds(flow[None])[0]
    return FramePairs(pair.frames[..., rows, columns], flow, non_occluded)


def mirrored(pair: FramePairs) -> FramePairs:
    """The pair mirrored horizontally, frames and flow."""
    flow = pair.flow.flip(-1) * pair.flow.new_tensor([-1, 1]).view(2, 1, 1)
    return FramePairs(pair.frames.flip(-1), flow, pair.non_occluded.flip(-1))


def _non_occluded_share(pair: FramePairs) -> float:
    return float(pair.non_occluded.float().mean())
