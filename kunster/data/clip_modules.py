"""Pairs of consecutive frames as LightningDataModules, for stage 2."""

import os
from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Literal

from annotated_types import Ge
from torch import Tensor

from kunster.data.clips import Clips
from kunster.data.frames import SHORT_SIDE
from kunster.data.photo_modules import Amount, Count, PhotoModule, Seed, Side
from kunster.data.sintel import SIZE, sintel_clips
from kunster.data.stream import BatchModule
from kunster.data.synthetic import SyntheticClips
from kunster.data.video_clips import video_clips

Size = tuple[Side, Side]  # height and width


class ClipModule(BatchModule):
    """Pairs of frames. A source of your own is a subclass with `load`.

    Args:
        batch: pairs a step, over all devices.
        seed: of the random numbers that choose windows, motion and order.
    """

    def __init__(self, batch: Count = 1, seed: Seed = 0) -> None:
        super().__init__(batch, images=2)
        self.seed = seed

    @abstractmethod
    def load(self) -> Clips: ...

    @cached_property
    def batches(self) -> Clips:
        return self.load()

    def sample(self, count: int) -> Tensor:
        return self.batches.batch(0, count).frames[:, 0]

    @property
    def source(self) -> str:
        return self.batches.source


class MovingPhotos(ClipModule):
    """A camera moves over photos, see `SyntheticClips`."""

    def __init__(
        self,
        photos: PhotoModule,
        size: Size = (192, 192),
        strength: Amount = 1.0,
        degradation: Amount = 1.0,
        jitter: Amount = 0.3,
        batch: Count = 1,
        seed: Seed = 0,
    ) -> None:
        super().__init__(batch, seed)
        self.photos, self.size = photos, size
        self.strength, self.degradation, self.jitter = strength, degradation, jitter

    def load(self) -> SyntheticClips:
        return SyntheticClips(
            self.photos.photos,
            self.size,
            self.seed,
            self.strength,
            self.degradation,
            self.jitter,
        )


class SintelClips(ClipModule):
    """MPI Sintel with its true flow, see `sintel_clips`."""

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        passes: Sequence[Literal["clean", "final"]] = ("clean", "final"),
        scenes: Sequence[str] | None = None,
        frame_size: Size = SIZE,
        size: Size | None = None,
        batch: Count = 1,
        seed: Seed = 0,
    ) -> None:
        super().__init__(batch, seed)
        self.path, self.passes, self.scenes = path, passes, scenes
        self.frame_size, self.size = frame_size, size

    def load(self) -> Clips:
        return sintel_clips(
            self.path,  # type: ignore[arg-type]
            self.passes,
            self.scenes,
            self.frame_size,
            self.size,
            self.seed,
        )


class VideoClips(ClipModule):
    """One's own videos, their motion estimated, see `video_clips`."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        size: Size | None = (256, 256),
        short_side: Annotated[int, Ge(64)] = SHORT_SIDE,
        flow: str = "auto",
        most_pairs: Count = 2000,
        batch: Count = 1,
        seed: Seed = 0,
    ) -> None:
        super().__init__(batch, seed)
        self.path, self.size, self.short_side = path, size, short_side
        self.flow, self.most_pairs = flow, most_pairs

    def load(self) -> Clips:
        return video_clips(
            self.path,  # type: ignore[arg-type]
            self.size,
            self.short_side,
            self.flow,
            self.most_pairs,
            self.seed,
        )
