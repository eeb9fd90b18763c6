"""Frame pairs of several videos: which to use, their estimated flow, and access by number."""

import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path

from kunster.console.progress import ProgressLine
from kunster.data.clips import FramePairs
from kunster.data.flow_estimators import FlowEstimator
from kunster.data.pair_file import read_pair
from kunster.data.photos import spread
from kunster.data.traced_video import TracedVideo, Video, survey
from kunster.errors import UserError

logger = logging.getLogger(__name__)


class TracedPairs:
    """All pairs of traced videos, read from the cache when asked for."""

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


def usable_videos(paths: Sequence[Path], short_side: int) -> list[Video]:
    """The videos that can be decoded; a warning names the others.

    Raises:
        UserError: there is none.
    """
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


def spread_pairs(
    videos: Sequence[Video], most_pairs: int, gaps: Sequence[int] = (1,)
) -> list[Video]:
    """The videos with the positions of at most `most_pairs` pairs, evenly spread over them.

    Args:
        gaps: how many frames apart; each has a share of the pairs as it is listed.

    Raises:
        UserError: no video is long enough for one of them.
    """
    found = []
    for gap in sorted(set(gaps)):
        everywhere = [(video, at) for video in videos for at in range(video.frames - gap)]
        if not everywhere:
            longest = max(video.frames for video in videos)
            raise UserError(f"clips.gaps={list(gaps)}: the longest video has {longest} frames")
        chosen: dict[Path, list[int]] = {video.path: [] for video in videos}
        for video, at in spread(everywhere, most_pairs * list(gaps).count(gap) // len(gaps) or 1):
            chosen[video.path].append(at)
        found += [replace(video, gap=gap, positions=tuple(chosen[video.path])) for video in videos]
    return found


def traced_videos(
    videos: Sequence[Video], short_side: int, flow: FlowEstimator
) -> list[TracedVideo]:
    """The caches of the videos, after the flow of all pairs that are missing is estimated."""
    caches = [TracedVideo(video, short_side, flow) for video in videos]
    missing = sum(len(cache.missing) for cache in caches)
    if missing:
        traced = chain.from_iterable(cache.complete() for cache in caches)
        with closing(ProgressLine("tracing motion", missing)) as progress:
            for number, _ in enumerate(traced, start=1):
                if progress.due():
                    progress.say(number, f"{progress.rate(number):.1f} pairs/s")
    return caches
