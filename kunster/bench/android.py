"""Our LiteRT files, and those that the converter makes of the same networks, side by side."""

import statistics
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from kunster.bench.steps import images_per_second, ratio
from kunster.bench.video import Contender, contenders
from kunster.errors import UserError
from kunster.export.coreml import DEFAULT_SIZE
from kunster.export.litert import export_litert
from kunster.export.litert_file import LitertFile, operation_counts
from kunster.machine.hardware import device_name
from kunster.networks.stylizer import Stylizer

THREADS = (1, 2)


def measure(options: Namespace) -> dict[str, Any]:
    from rich.console import Console
    from rich.table import Table

    table = Table(
        *("id", "run", "threads", "converter's FPS", "ours", "ratio"),
        *("its TRANSPOSE", "of operations", "ours", "of"),
        title="LiteRT with XNNPACK, 480x320, float32",
        box=None,
    )
    rows = list(race(contenders(options.models), options.rounds, options.seconds))
    for row in rows:
        table.add_row(
            *("–" if row.id is None else str(row.id), row.name, str(row.threads)),
            *(f"{statistics.median(speeds):.1f}" for speeds in (row.converted, row.ours)),
            f"{row.ratio:.2f}x",
            *(str(count) for counts in row.operations for count in counts),
        )
    Console().print(table)
    return {
        "rows": [asdict(row) | {"ratio": row.ratio} for row in rows],
        "device": device_name("cpu"),
    }


@dataclass(frozen=True)
class Raced:
    """Speeds of both files of a network.

    Attributes:
        converted, ours: frames a second, one value a round.
        operations: (transpositions, all) in the converter's file and in ours.
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
    """Measures each network as the converter and as `export_litert` write it, in turns.

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
    """Number of transpositions among a file's operations, and of all operations."""
    counts = operation_counts(path)
    return counts.get("TRANSPOSE", 0), sum(counts.values())


def convert(network: Stylizer, path: Path, size: tuple[int, int]) -> None:
    """Writes the converter's own file: floats (1, 3, H, W) in and out.

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
    """Speed on noise over at least `seconds`, once warmed up."""
    noise = np.random.default_rng(0).random(file.input["shape"], np.float32)
    frames = noise if file.input["dtype"] == np.float32 else (noise * 255).astype(np.uint8)
    return images_per_second(lambda: partial(file, frames), 1, seconds)
