"""Clips from one's own videos, their motion estimated."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from kunster.data.clips import FramePairs
from kunster.data.flow_estimators import flow_estimator
from kunster.data.frames import SHORT_SIDE, videos_in
from kunster.data.pair_clips import PairClips, window_size
from kunster.data.pair_file import read_pair
from kunster.data.photos import spread
from kunster.data.traced_video import TracedVideo, Video, survey
from kunster.errors import UserError

logger = logging.getLogger(__name__)


def video_clips(
    path: str | Path,
    size: tuple[int, int] | None = (256, 256),
    short_side: int = SHORT_SIDE,
    flow: str = "auto",
    most_pairs: int = 2000,
    seed: int = 0,
) -> PairClips:
    """Pairs of consecutive frames of a video, of a folder of videos, or of a folder of frames.

    Motion is estimated in both directions, once, and cached. Non-occluded are pixels that are led
    back to where they were and lie on no motion boundary. Left out are scene cuts, other pairs of
    which less than half can be traced, and frames equal to the one before. Of several videos those
    that cannot be used are named in a warning.

    Args:
        size: (height, width) of a random window of the frames; None takes them whole.
        short_side: of the frames, in pixels; smaller ones stay as they are.
        flow: dis, raft, auto (raft if it is fetched and there is a GPU), or a file of RAFT-small
            weights.
        most_pairs: of longer videos so many pairs are traced, evenly spread; at 640x360 each
            takes 2.3 MB in the cache and 0.1 s by DIS, or 4 s by RAFT without a GPU.

    Raises:
        UserError: an argument is out of range, or no pair can be used.
    """
    for name, value, least in (("short_side", short_side, 64), ("most_pairs", most_pairs, 1)):
        if value < least:
            raise UserError(f"clips.{name}={value}: must be {least} or more")
    estimator = flow_estimator(flow)
    videos = _spread(_usable(videos_in(Path(path).expanduser()), short_side), most_pairs)
    window_size(size, {video.size for video in videos})
    caches = [TracedVideo(video, short_side, estimator) for video in videos]
    _complete(caches)
    pairs = TracedPairs(caches, f"{path}, flow by {estimator.name}")
    if not len(pairs):
        raise UserError(f"clips.path={path}: no pair of frames is of use ({pairs.left_out})")
    return PairClips(pairs, size, seed)


class TracedPairs:
    """All pairs of traced videos, memory-mapped."""

    def __init__(self, videos: Sequence[TracedVideo], origin: str) -> None:
        records = [
            (video.file(position), record)
            for video in videos
            for position, record in sorted(video.records.items())
        ]
        reasons = Counter(record.skipped for _, record in records if record.skipped)
        self.left_out = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
        self.sizes = {record.size for _, record in records if record.size}
        self._files = [file for file, record in records if record.size]
        self._origin = origin

    @property
    def source(self) -> str:
        left_out = f" (left out: {self.left_out})" if self.left_out else ""
        return f"{self._origin}, {len(self)} pairs{left_out}"

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, index: int) -> FramePairs:
        return read_pair(self._files[index])


def _usable(paths: Sequence[Path], short_side: int) -> list[Video]:
    videos, problems = [], []
    for path in paths:
        try:
            videos.append(survey(path, short_side))
        except UserError as error:
            problems.append(str(error))
    if not videos:
        others = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise UserError(problems[0] + others)
    for problem in problems:
        logger.warning("left out: %s", problem)
    return videos


def _spread(videos: Sequence[Video], most_pairs: int) -> list[Video]:
    """The videos with the positions of at most `most_pairs` pairs, evenly spread over them."""
    everywhere = [(video, position) for video in videos for position in range(video.frames - 1)]
    chosen: dict[Path, list[int]] = {video.path: [] for video in videos}
    for video, position in spread(everywhere, most_pairs):
        chosen[video.path].append(position)
    return [replace(video, positions=tuple(chosen[video.path])) for video in videos]


def _complete(caches: Sequence[TracedVideo]) -> None:
    console = Console(stderr=True)
    missing = sum(len(cache.missing) for cache in caches)
    shown = console.is_terminal and missing > 0
    with Progress(console=console, transient=True, disable=not shown) as progress:
        task = progress.add_task("Tracing motion", total=missing)
        for cache in caches:
            cache.complete(lambda: progress.advance(task))
