"""Our LiteRT files against what the converter makes of the same networks, side by side."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from kunster.bench.steps import ratio
from kunster.bench.video import Contender
from kunster.errors import UserError
from kunster.export.coreml import DEFAULT_SIZE
from kunster.export.litert import export_litert
from kunster.export.litert_file import LitertFile, operation_counts
from kunster.networks.stylizer import Stylizer

THREADS = (1, 2)


@dataclass(frozen=True)
class Raced:
    """Both files of a network on some threads.

    Attributes:
        converted, ours: frames a second, one value a round.
        operations: of the converter's file and of ours, (transpositions, all).
    """

    name: str
    id: int | None
    threads: int
    converted: list[float]
    ours: list[float]
    operations: list[tuple[int, int]]

    @property
    def ratio(self) -> float:
        return ratio(self.ours, self.converted)


def race(found: Sequence[Contender], rounds: int, seconds: float) -> Iterator[Raced]:
    """Each network as the converter makes it and as `export_litert` writes it, by turns.

    Args:
        seconds: of each file in each round.

    Raises:
        UserError: litert-torch or the extra is not installed.
    """
    for each in found:
        with TemporaryDirectory() as folder:
            paths = [Path(folder) / "converted.tflite", Path(folder) / "ours.tflite"]
            convert(each.network, paths[0], DEFAULT_SIZE)
            export_litert(each.network, each.description, paths[1], "fp32", DEFAULT_SIZE)
            operations = [transpositions(path) for path in paths]
            for threads in THREADS:
                files = [LitertFile(path, threads) for path in paths]
                speeds = [
                    [frames_per_second(file, seconds) for file in files] for _ in range(rounds)
                ]
                converted, ours = (list(column) for column in zip(*speeds, strict=True))
                yield Raced(each.name, each.id, threads, converted, ours, operations)


def transpositions(path: Path) -> tuple[int, int]:
    """How many of a file's operations are transpositions, and how many there are."""
    counts = operation_counts(path)
    return counts.get("TRANSPOSE", 0), sum(counts.values())


def convert(network: Stylizer, path: Path, size: tuple[int, int]) -> None:
    """The network as the converter makes it, nothing rewritten: floats (1, 3, H, W) in and out.

    Raises:
        UserError: litert-torch is not installed.
    """
    try:
        import litert_torch
    except ImportError as error:
        raise UserError(
            "the comparison needs the converter, in an environment of its own: see docs/android.md"
        ) from error
    litert_torch.convert(network.eval(), (torch.rand(1, 3, *size),)).export(str(path))


def frames_per_second(file: LitertFile, seconds: float) -> float:
    """Of noise, for at least `seconds`, after a first frame that does not count."""
    noise = np.random.default_rng(0).random(file.input["shape"], np.float32)
    frames = noise if file.input["dtype"] == np.float32 else (noise * 255).astype(np.uint8)
    file(frames)
    count, began = 0, time.perf_counter()
    while count < 3 or time.perf_counter() - began < seconds:
        file(frames)
        count += 1
    return count / (time.perf_counter() - began)
