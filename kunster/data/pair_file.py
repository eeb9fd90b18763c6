"""File of a frame pair with its flow and mask, or of the reason why there is none."""

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from kunster.data.clips import FramePairs
from kunster.errors import UserError
from kunster.files.replacing import replacing
from kunster.files.tensor_file import read_tensors

STEPS = 64  # per pixel of flow, as in KITTI: an error of at most 1/128 pixel
LONGEST = 32767 / STEPS  # pixels, the range of 16 bits; longer flow is masked


class Record(NamedTuple):
    """Content of a file: the (height, width) of a pair, or the reason why there is none."""

    size: tuple[int, int] | None
    skipped: str = ""


def pair_bytes(size: tuple[int, int]) -> int:
    """Bytes of a pair of `size` (height, width): per pixel 6 of frames, 4 of flow, 1 bit."""
    return size[0] * size[1] * 10 + size[0] * size[1] // 8


def write_pair(path: Path, pair: FramePairs) -> None:
    """Writes a pair atomically; its flow is rounded to 1/64 pixel."""
    reached = (pair.flow.abs() <= LONGEST).all(dim=0)
    steps = (pair.flow.clamp(-LONGEST, LONGEST) * STEPS).round().to(torch.int16)
    packed = np.packbits((pair.non_occluded & reached).numpy())
    _write(path, {"frames": pair.frames, "flow": steps, "non_occluded": torch.from_numpy(packed)})


def write_skipped(path: Path, reason: str) -> None:
    """Writes the reason why there is no pair."""
    _write(path, {}, skipped=reason)


def read_pair(path: Path) -> FramePairs:
    """The pair of a file that `examined` found intact."""
    tensors, _ = read_tensors(path)
    height, width = tensors["flow"].shape[-2:]
    bits = np.unpackbits(tensors["non_occluded"].numpy(), count=height * width)
    non_occluded = torch.from_numpy(bits.astype(bool)).view(height, width)
    return FramePairs(tensors["frames"], tensors["flow"].float() / STEPS, non_occluded)


def examined(path: Path) -> Record | None:
    """Content of a file after a check of its checksum; None if it is missing or damaged."""
    if not path.is_file():
        return None
    try:
        tensors, metadata = read_tensors(path)
    except UserError:
        return None
    skipped = metadata.get("skipped", "")
    if metadata != {"crc32": _checksum(tensors, skipped), "skipped": skipped}:
        return None
    if not tensors:
        return Record(None, skipped)
    height, width = tensors["flow"].shape[-2:]
    return Record((height, width))


def _write(path: Path, tensors: Mapping[str, Tensor], skipped: str = "") -> None:
    stored = {name: tensor.contiguous() for name, tensor in tensors.items()}
    with replacing(path) as part:
        save_file(stored, part, {"crc32": _checksum(stored, skipped), "skipped": skipped})


def _checksum(tensors: Mapping[str, Tensor], skipped: str) -> str:
    found = zlib.crc32(skipped.encode())
    for name, tensor in sorted(tensors.items()):
        found = zlib.crc32(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode(), found)
        found = zlib.crc32(tensor.view(torch.uint8).numpy().data, found)
    return f"{found:08x}"
