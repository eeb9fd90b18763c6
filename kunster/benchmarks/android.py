"""Our LiteRT files against what the converter makes of the same networks, side by side."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from kunster.benchmarks.steps import ratio
from kunster.benchmarks.video import Contender
from kunster.errors import UserError
from kunster.export.coreml import DEFAULT_SIZE
from kunster.export.litert import export_litert
from kunster.export.litert_file import LitertFile, operation_counts
from kunster.networks.stylizer import Stylizer

THREADS = (1, 2)


@dataclass(frozen=True)
class Raced:
    """Both files of a network on some threads; frames a second, one value a round."""

    name: str
    id: int | None
    threads: int
    ours: list[float]
    converted: list[float]
    operations: dict[str, int]
    operations_converted: dict[str, int]

    @property
    def ratio(self) -> float:
        return ratio(self.ours, self.converted)

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio}


def race(
    found: Sequence[Contender], rounds: int, seconds: float, size: tuple[int, int] = DEFAULT_SIZE
) -> Iterator[Raced]:
    """Each network as `export_litert` writes it and as litert-torch converts it, by turns.

    Args:
        seconds: of each file in each round.
        size: (height, width), of both.

    Raises:
        UserError: litert-torch is not installed.
    """
    for each in found:
        with TemporaryDirectory() as folder:
            paths = Path(folder) / "ours.tflite", Path(folder) / "converted.tflite"
            export_litert(each.network, each.description, paths[0], "fp32", size)
            convert(each.network, paths[1], size)
            for threads in THREADS:
                files = [LitertFile(path, threads) for path in paths]
                speeds = [
                    [frames_per_second(file, seconds) for file in files] for _ in range(rounds)
                ]
                ours, converted = map(list, zip(*speeds, strict=True))
                counts = [operation_counts(path) for path in paths]
                yield Raced(each.name, each.id, threads, ours, converted, *counts)


def convert(network: Stylizer, path: Path, size: tuple[int, int]) -> None:
    """The network as the converter makes it, nothing rewritten: floats (1, 3, H, W) in and out.

    Raises:
        UserError: litert-torch is not installed.
    """
    try:
        import litert_torch
    except ImportError as error:
        raise UserError(
            "the comparison needs the converter: pip install 'litert-torch>=0.10'"
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
