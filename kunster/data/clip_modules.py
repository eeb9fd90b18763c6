"""Pairs of frames as LightningDataModules, for stage 2."""

import os
from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge
from torch import Tensor

from kunster.assets.registry import asset_path
from kunster.data.clips import Clips, apart, checked_gaps
from kunster.data.flow_estimators import flow_estimator
from kunster.data.frames import SHORT_SIDE, videos_in
from kunster.data.pair_clips import PairClips, window_size
from kunster.data.photo_modules import Amount, Count, PhotoModule, Seed, Side
from kunster.data.sintel import SIZE, DecodedPairs, sintel_pairs
from kunster.data.stream import BatchModule
from kunster.data.synthetic import SyntheticClips
from kunster.data.video_clips import TracedPairs, spread_pairs, traced_videos, usable_videos
from kunster.errors import UserError

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
        gaps: Sequence[Count] = (1,),
        batch: Count = 1,
        seed: Seed = 0,
    ) -> None:
        super().__init__(batch, seed)
        self.photos, self.size = photos, size
        self.strength, self.degradation, self.jitter = strength, degradation, jitter
        self.gaps = gaps

    def load(self) -> SyntheticClips:
        return SyntheticClips(
            self.photos.photos,
            self.size,
            self.seed,
            self.strength,
            self.degradation,
            self.jitter,
            self.gaps,
        )


class SintelClips(ClipModule):
    """MPI Sintel with its true flow.

    Args:
        path: its folder; None for where `kunster fetch sintel` put it.
        passes, scenes: see `sintel_pairs`.
        frame_size: (height, width) that the frames are resized to, in pixels.
        size: (height, width) of a random window of them; None takes them whole.
    """

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

    def load(self) -> PairClips:
        root = self.path or asset_path("sintel")
        if root is None:
            raise UserError(
                "clips=sintel: MPI Sintel is not on this machine; `kunster fetch sintel` "
                "downloads it, clips.path=… takes an existing copy, clips=synthetic needs none"
            )
        height, width = self.frame_size
        pairs = DecodedPairs(sintel_pairs(root, self.passes, self.scenes), (height, width))
        return PairClips(pairs, self.size, self.seed)


class VideoClips(ClipModule):
    """Pairs of frames of a video, of a folder of videos, or of a folder of frames.

    Motion is estimated in both directions, once, and cached. Pixels are non-occluded if the
    backward flow leads them back to where they were and they lie on no motion boundary. Scene
    cuts, other pairs of which less than half can be traced, and frames equal to the one before
    are left out. Of several videos, those that cannot be used are named in a warning.

    Args:
        size: (height, width) of a random window of the frames; None takes them whole.
        short_side: of the frames, in pixels; smaller ones stay as they are.
        flow: dis, raft, auto (raft if it is fetched and there is a GPU), or a file of RAFT-small
            weights.
        most_pairs: upper limit; of longer videos, pairs are spread evenly. At 640x360 a pair
            takes 2.3 MB in the cache and 0.1 s by DIS, or 4 s by RAFT without a GPU.
        gaps: how many frames apart the two of a pair are, each as often as it is listed. The
            motion of all frames between them adds up, and takes its time.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        size: Size | None = (256, 256),
        short_side: Annotated[int, Ge(64)] = SHORT_SIDE,
        flow: str = "auto",
        most_pairs: Count = 2000,
        gaps: Sequence[Count] = (1,),
        batch: Count = 1,
        seed: Seed = 0,
    ) -> None:
        super().__init__(batch, seed)
        self.path, self.size, self.short_side = path, size, short_side
        self.flow, self.most_pairs, self.gaps = flow, most_pairs, checked_gaps(gaps)

    def load(self) -> PairClips:
        estimator = flow_estimator(self.flow)
        paths = videos_in(Path(self.path).expanduser())
        videos = spread_pairs(usable_videos(paths, self.short_side), self.most_pairs, self.gaps)
        window_size(self.size, {video.size for video in videos})  # before flow is estimated
        caches = traced_videos(videos, self.short_side, estimator)
        origin = f"{self.path}, flow by {estimator.name}{apart(self.gaps)}"
        pairs = TracedPairs(caches, origin)
        if not len(pairs):
            raise UserError(
                f"clips.path={self.path}: no pair of frames is of use ({pairs.left_out})"
            )
        return PairClips(pairs, self.size, self.seed)
