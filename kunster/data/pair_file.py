"""One traced pair in a safetensors file, or the reason why there is none; with a checksum."""

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

STEPS = 64  # of flow in a pixel, as KITTI stores it: an error of 1/128 pixel at most
LONGEST = 32767 / STEPS  # pixels that 16 bits reach; what moves further is not traceable


class Record(NamedTuple):
    """What a file holds: a pair of frames of `size` (height, width), or why there is none."""

    size: tuple[int, int] | None
    skipped: str = ""


def pair_bytes(size: tuple[int, int]) -> int:
    """What a pair of frames of `size` (height, width) takes: 6 bytes a pixel, 4 of flow, 1 bit."""
    return size[0] * size[1] * 10 + size[0] * size[1] // 8


def write_pair(path: Path, pair: FramePairs) -> None:
    """Writes one pair, whole or not at all; its flow is rounded to 1/64 pixel."""
    reached = (pair.flow.abs() <= LONGEST).all(dim=0)
    steps = (pair.flow.clamp(-LONGEST, LONGEST) * STEPS).round().to(torch.int16)
    packed = np.packbits((pair.traceable & reached).numpy())
    _write(path, {"frames": pair.frames, "flow": steps, "traceable": torch.from_numpy(packed)})


def write_skipped(path: Path, reason: str) -> None:
    """Writes that there is no pair, and why."""
    _write(path, {}, skipped=reason)


def read_pair(path: Path) -> FramePairs:
    """The pair of a file that `examined` found whole."""
    tensors, _ = read_tensors(path)
    height, width = tensors["flow"].shape[-2:]
    bits = np.unpackbits(tensors["traceable"].numpy(), count=height * width)
    traceable = torch.from_numpy(bits.astype(bool)).view(height, width)
    return FramePairs(tensors["frames"], tensors["flow"].float() / STEPS, traceable)


def examined(path: Path) -> Record | None:
    """What the file holds; None if there is no such file, or not every byte is as written."""
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
