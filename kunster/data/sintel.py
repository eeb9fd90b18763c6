"""MPI Sintel (Butler et al. 2012) in its official layout: frame pairs with true flow and masks.

    <root>/[training/]clean|final/<scene>/frame_0001.png
    <root>/[training/]flow/<scene>/frame_0001.flo           leads from frame 1 to frame 2
    <root>/[training/]occlusions|invalid/<scene>/frame_0001.png

`occlusions` is white where a pixel of frame t cannot be seen in frame t+1, `invalid` where its
match lies outside the picture. Incomplete folders work: a pair is two frames and the flow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from os import PathLike
from pathlib import Path

import cv2
import numpy as np
import torch

from kunster.data.clips import FramePairs
from kunster.data.decode import decode_photo
from kunster.data.flow import read_flo
from kunster.errors import UserError
from kunster.losses.warp import in_bounds, resize_flow, resize_mask

PASSES = ("clean", "final")  # without and with motion blur, fog and depth of field
SIZE = (360, 640)  # height, width: the paper's
KEPT = 64  # pairs in memory, 220 MB at 640x360


@dataclass(frozen=True)
class SintelPair:
    """Files of frames t and t+1 of a scene, of the flow between them and of its masks."""

    scene: str
    render_pass: str
    frame: Path
    next_frame: Path
    flow: Path
    occlusion: Path | None
    invalid: Path | None

    @property
    def name(self) -> str:
        return f"{self.render_pass}/{self.scene}/{self.frame.stem}"


class DecodedPairs:
    """Pairs at `size` (height, width), decoded when asked for; the last ones are kept."""

    def __init__(self, pairs: Sequence[SintelPair], size: tuple[int, int]) -> None:
        self.sizes = {size}
        self._pairs = pairs
        self._load = lru_cache(maxsize=KEPT)(partial(load_pair, size=size))

    @property
    def source(self) -> str:
        scenes = {pair.scene for pair in self._pairs}
        passes = sorted({pair.render_pass for pair in self._pairs})
        return f"MPI Sintel {' and '.join(passes)}, {len(self)} pairs of {len(scenes)} scenes"

    def __len__(self) -> int:
        return len(self._pairs)

    def __getitem__(self, index: int) -> FramePairs:
        return self._load(self._pairs[index])


def sintel_pairs(
    root: str | PathLike[str],
    passes: Sequence[str] = PASSES,
    scenes: Sequence[str] | None = None,
) -> list[SintelPair]:
    """All pairs below `root`, sorted by pass, scene and frame.

    Raises:
        UserError: no such folder, not Sintel's layout, an unknown pass or scene, or no pair at all.
    """
    training = _training_folder(Path(root).expanduser())
    for render_pass in passes:
        if render_pass not in PASSES:
            raise UserError(f"pass {render_pass}: must be one of {', '.join(PASSES)}")
    known = sorted(folder.name for folder in (training / "flow").iterdir() if folder.is_dir())
    for scene in scenes or []:
        if scene not in known:
            raise UserError(f"scene {scene}: {training} has {', '.join(known) or 'none'}")
    pairs = [
        pair
        for render_pass in passes
        for scene in known
        if scenes is None or scene in scenes
        for pair in _scene_pairs(training, render_pass, scene)
    ]
    if not pairs:
        raise UserError(f"{training}: no flow with both its frames in {' or '.join(passes)}")
    return pairs


def load_pair(pair: SintelPair, size: tuple[int, int] = SIZE) -> FramePairs:
    """Frames, flow and mask of one pair at `size` (height, width).

    Where Sintel's masks are absent, only pixels whose flow leaves the picture are excluded.

    Raises:
        UserError: a file is damaged, or flow or masks have another size than the frames.
    """
    first, second = decode_photo(pair.frame), decode_photo(pair.next_frame)
    flow = torch.from_numpy(read_flo(pair.flow)).permute(2, 0, 1)[None]
    hidden = np.zeros(first.shape[:2], bool)
    for path in (pair.occlusion, pair.invalid):
        if path is not None:
            marked = decode_photo(path)[..., 0] > 127
            _check_size(path, marked.shape, first)
            hidden |= marked
    _check_size(pair.next_frame, second.shape, first)
    _check_size(pair.flow, tuple(flow.shape[-2:]), first)
    non_occluded = torch.from_numpy(~hidden)[None] & in_bounds(flow)
    frames = np.stack([_resized(first, size), _resized(second, size)])
    return FramePairs(
        torch.from_numpy(frames).permute(0, 3, 1, 2),
        resize_flow(flow, size)[0],
        resize_mask(non_occluded, size)[0],
    )


def _training_folder(root: Path) -> Path:
    for folder in (root / "training", root):
        if (folder / "flow").is_dir():
            return folder
    problem = "has no flow/ in it or in training/" if root.is_dir() else "is not a folder"
    raise UserError(
        f"sintel={root} {problem}: give MPI Sintel's folder, "
        "or fetch it with `kunster fetch sintel`"
    )


def _scene_pairs(training: Path, render_pass: str, scene: str) -> Iterator[SintelPair]:
    for flow in sorted((training / "flow" / scene).glob("frame_*.flo")):
        number = flow.stem.removeprefix("frame_")
        if not number.isdecimal():
            continue
        after = f"frame_{int(number) + 1:0{len(number)}d}.png"
        frame = training / render_pass / scene / f"{flow.stem}.png"
        if frame.is_file() and frame.with_name(after).is_file():
            masks = (training / kind / scene / frame.name for kind in ("occlusions", "invalid"))
            occlusion, invalid = (mask if mask.is_file() else None for mask in masks)
            yield SintelPair(
                scene, render_pass, frame, frame.with_name(after), flow, occlusion, invalid
            )


def _check_size(path: Path, shape: tuple[int, ...], frame: np.ndarray) -> None:
    if shape[:2] != frame.shape[:2]:
        sizes = f"{shape[1]}x{shape[0]}, its frame {frame.shape[1]}x{frame.shape[0]}"
        raise UserError(f"{path}: is {sizes}")


def _resized(frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    smaller = size[0] < frame.shape[0] or size[1] < frame.shape[1]
    method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return cv2.resize(frame, size[::-1], interpolation=method)
