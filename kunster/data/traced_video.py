"""Cache of a video's frame pairs with estimated flow and masks.

It is a folder with a file for each pair, `<number>.pair`. Files are written atomically and have a
checksum, so an interrupted build resumes and a damaged pair is computed again.
"""

import json
import logging
import shutil
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import torch
from filelock import FileLock

from kunster.data.cache import cache_folder, cache_root, remove_older, stamps
from kunster.data.clips import FramePairs
from kunster.data.flow_estimators import FlowEstimator
from kunster.data.frames import frame_count, video_frames
from kunster.data.pair_file import Record, examined, pair_bytes, write_pair, write_skipped
from kunster.data.tracing import Step, composed, is_cut
from kunster.errors import UserError
from kunster.losses.warp import motion_boundaries

logger = logging.getLogger(__name__)

VERSION = 4  # of files and computation; a new number invalidates every cache
CUT, UNCHANGED, MISSING = "scene cut or mostly occluded", "unchanged", "undecodable"


@dataclass(frozen=True)
class Video:
    """A video whose flow is estimated.

    Attributes:
        path: video file, or folder of frames.
        frames: approximate number of frames.
        size: (height, width) at which flow is estimated.
        gap: how many frames apart the two of a pair are.
        positions: numbers of the pairs to use; pair n is frames n and n + gap.
    """

    path: Path
    frames: int
    size: tuple[int, int]
    gap: int = 1
    positions: Sequence[int] = ()


def survey(path: Path, short_side: int) -> Video:
    """Counts the frames of a video and decodes the first one.

    Raises:
        UserError: it cannot be decoded or has fewer than two frames.
    """
    frames = frame_count(path)
    if frames < 2:
        raise UserError(f"{path}: has fewer than two frames")
    height, width = next(video_frames(path, short_side)).shape[:2]
    return Video(path, frames, (height, width))


class TracedVideo:
    """Cache of a video; `missing` are the positions that are not in it or damaged.

    Args:
        short_side: pixels to which larger frames are reduced.
    """

    def __init__(self, video: Video, short_side: int, flow: FlowEstimator) -> None:
        self.video, self.short_side, self.flow = video, short_side, flow
        self.folder = _folder(video, short_side, flow)
        self.records: dict[int, Record] = {}
        self.examine()

    def examine(self) -> None:
        """Verifies the checksum of every file."""
        for position in self.video.positions:
            if position not in self.records and (record := examined(self.file(position))):
                self.records[position] = record

    @property
    def missing(self) -> list[int]:
        return [position for position in self.video.positions if position not in self.records]

    def file(self, position: int) -> Path:
        return self.folder / f"{position:06d}.pair"

    def complete(self) -> Iterator[int]:
        """Computes the missing pairs, while other processes wait; yields the position of each.

        Raises:
            UserError: the cache cannot be written, or a picture cannot be decoded.
        """
        if not self.missing:
            return
        _make_room(self.folder, len(self.missing) * pair_bytes(self.video.size))
        with FileLock(self.folder.with_suffix(".lock")):
            self.examine()  # another process may just have computed them
            yield from self._trace(set(self.missing))
        remove_older(self.folder)
        self.examine()

    def _trace(self, missing: set[int]) -> Iterator[int]:
        gap = self.video.gap
        frames = video_frames(self.video.path, self.short_side)
        steps: deque[Step] = deque(maxlen=gap)
        for number, pair in enumerate(pairwise(islice(frames, max(missing, default=0) + gap + 1))):
            steps.append(Step(*pair, self.flow.estimate))
            position = number + 1 - gap
            if position in missing:
                _write(self.file(position), _traced_pair(steps))
                missing.remove(position)
                yield position
        for position in missing:  # fewer frames can be decoded than were counted
            write_skipped(self.file(position), MISSING)
            yield position


def _traced_pair(steps: Sequence[Step]) -> FramePairs | str:
    """Flow and mask from the first frame to the last, or the reason why they cannot be used."""
    before, after = steps[0].before, steps[-1].after
    if np.array_equal(before, after):
        return UNCHANGED
    if any(is_cut(step.traced[1]) for step in steps):
        return CUT
    forward, non_occluded = composed([step.traced for step in steps])
    if is_cut(non_occluded):
        return CUT
    frames = torch.from_numpy(np.stack([before, after])).permute(0, 3, 1, 2)
    return FramePairs(frames, forward, non_occluded & ~motion_boundaries(forward[None])[0])


def _write(file: Path, found: FramePairs | str) -> None:
    if isinstance(found, str):
        write_skipped(file, found)
    else:
        write_pair(file, found)


def _folder(video: Video, short_side: int, flow: FlowEstimator) -> Path:
    path = video.path
    files, folder = (sorted(path.iterdir()), path) if path.is_dir() else ([path], path.parent)
    apart = [video.gap] if video.gap > 1 else []
    origin = json.dumps([str(path.resolve()), short_side, flow.name, *apart])
    return cache_folder(cache_root() / "clips", origin, f"{VERSION}\n{stamps(files, folder)}")


def _make_room(folder: Path, needed: int) -> None:
    advice = "set KUNSTER_CACHE to a folder with room, or use fewer pairs with clips.most_pairs=…"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise UserError(f"{folder}: cannot be written ({error.strerror}); {advice}") from error
    if needed > free:
        megabytes = f"needs {needed / 1e6:,.0f} MB, {free / 1e6:,.0f} are free"
        raise UserError(f"{folder}: {megabytes}; {advice}")
