"""Disk cache of optimised pictures, which take minutes each and depend on no network."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from kunster.data.cache import cache_root
from kunster.data.cached_file import made_alone
from kunster.errors import UserError
from kunster.evaluate.optimal import CHECKPOINT, LEAST_FALL, MOST_ITERATIONS, WINDOW, Optimum
from kunster.files.replacing import replacing
from kunster.files.tensor_file import read_tensors
from kunster.losses.features import PerceptualNetwork

METHOD = f"1 {CHECKPOINT} {WINDOW} {LEAST_FALL} {MOST_ITERATIONS}"  # how they are optimised


class OptimumCache:
    """Optima in `$KUNSTER_CACHE/optimised`, keyed by a hash of their inputs.

    Args:
        judge: the perceptual network of the loss.
        settings: numbers that decide the loss.
        pictures: painting, photos and motion, in order.
    """

    def __init__(
        self, judge: PerceptualNetwork, settings: Sequence[float], pictures: Sequence[np.ndarray]
    ) -> None:
        known = hashlib.sha256(METHOD.encode())
        known.update(str([judge.source.get(key) for key in ("name", "sha256")]).encode())
        known.update(str([float(setting) for setting in settings]).encode())
        for picture in pictures:
            known.update(f"{picture.shape} {picture.dtype}".encode())
            known.update(np.ascontiguousarray(picture).data)
        self.name = known.hexdigest()[:24]

    def take(self, number: int, make: Callable[[], Sequence[Optimum]]) -> list[Optimum]:
        """The cached optima of a number; computed by `make` if absent or damaged.

        One process computes them while others wait.

        Raises:
            UserError: the cache cannot be written to.
        """
        path = cache_root() / "optimised" / f"{self.name}-{number}.safetensors"
        kept = _read(path)
        if kept is not None:
            return kept
        with made_alone(path):
            kept = _read(path)  # another process may just have made it
            if kept is None:
                kept = list(make())
                _write(path, kept)
            return kept


def _read(path: Path) -> list[Optimum] | None:
    """The optima in a file; None if it is missing or damaged."""
    try:
        tensors, metadata = read_tensors(path)
    except UserError:
        return None
    return [
        Optimum(
            tensors[f"picture_{index}"],
            tensors[f"curve_{index}"].tolist(),
            metadata[f"converged_{index}"] == "True",
        )
        for index in range(len(metadata))
    ]


def _write(path: Path, optima: Sequence[Optimum]) -> None:
    tensors, metadata = {}, {}
    for index, optimum in enumerate(optima):
        tensors[f"picture_{index}"] = optimum.picture.contiguous()
        tensors[f"curve_{index}"] = torch.tensor(optimum.curve, dtype=torch.float64)
        metadata[f"converged_{index}"] = str(optimum.converged)
    with replacing(path) as part:
        save_file(tensors, part, metadata)
