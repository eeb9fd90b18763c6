"""Photos into the cache and crops out of it, on JPEGs such as COCO's.

Each figure is measured in a process of its own, so that they do not share memory.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kunster.bench.photo_tree import source_pictures, write_photo_tree
from kunster.errors import UserError
from kunster.machine.cores import cores
from kunster.machine.hardware import device_name

if TYPE_CHECKING:
    from rich.table import Table

HELP = "photos into the cache, crops out of it"
SIZE, SCALE, JITTER, BATCH = 256, (0.6, 1.0), 0.3, 16  # of crops, as in conf/objective
SHORT_SIDE = 320  # pixels, as in conf/photos


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--photos", type=int, default=2000, help="JPEGs of 640x480 that are made")
    parser.add_argument("--pictures", type=Path, help="what of; default: the bundled photographs")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each way to make crops")
    parser.add_argument("--steps", type=int, default=300, help="of the training that is watched")
    parser.add_argument(
        "--folder", type=Path, help="with room for 1 MB a photo; default: temporary"
    )


def measure(options: argparse.Namespace) -> dict[str, Any]:
    from rich.console import Console

    if options.photos < 20 or not options.seconds > 0 or options.steps < 1:
        raise UserError("--photos must be 20 or more, --seconds more than 0, --steps 1 or more")
    pictures = source_pictures(options.pictures)
    with TemporaryDirectory(prefix="kunster-bench-", dir=options.folder) as folder:
        figures = figures_of(Path(folder), options.photos, pictures, options.seconds, options.steps)
    Console().print(_data_table(figures))
    return {**figures, "device": device_name("cpu")}


def _data_table(figures: dict[str, Any]) -> "Table":
    from rich.table import Table

    build = figures["build"]
    size, waiting = figures["bytes_a_photo"] / 1000, figures["training"]["data_wait"]
    title = f"{figures['photos']} JPEGs of 640x480, {size:.0f} KB each"
    table = Table("what", "found", "CPU, each", "against plain", title=title, box=None)
    for name, rates in (
        ("photos/s into the cache", {"": build["cache"], ", plain": build["plain"]}),
        ("crops/s", {f", {way}": rate for way, rate in figures["crops"].items()}),
    ):
        plain = rates[", plain"]["a_second"]
        for way, rate in rates.items():
            speed, ours = rate["a_second"], "crops" not in name or "plain" not in way
            cost = f"{rate['cpu_ms']:.2f} ms" if ours else ""  # the rest is its workers'
            table.add_row(name + way, f"{speed:.0f}", cost, f"{speed / plain:.1f}x")
    for which, peak in build["peak_memory"].items():
        table.add_row(f"peak memory, {which}", f"{peak / 2**20:.0f} MB")
    table.add_row("a finished cache opened", f"{build['seconds_to_open']:.1f} s")
    table.add_row("training waits for data", f"{waiting:.1%}")
    return table


class Rate(NamedTuple):
    """Items a second, and milliseconds of one core for each in this process."""

    a_second: float
    cpu_ms: float


class Built(NamedTuple):
    """A build of the cache; `peak` is memory in bytes."""

    photos: int
    seconds: float
    cpu_seconds: float
    peak: int

    @property
    def rate(self) -> Rate:
        return Rate(self.photos / self.seconds, 1000 * self.cpu_seconds / self.photos)


def figures_of(
    folder: Path, count: int, pictures: Sequence[np.ndarray], seconds: float, steps: int
) -> dict[str, Any]:
    """Measures on `count` JPEGs made of the pictures, in an empty folder.

    Args:
        seconds: of each way to make crops.
        steps: of the training.
    """
    tree, cache = folder / "photos", folder / "cache"
    write_photo_tree(tree, count, pictures)
    size = sum(file.stat().st_size for file in tree.iterdir())
    tenth = _links(sorted(tree.iterdir())[: count // 10], folder / "tenth")
    few = in_own_process(build, tenth, folder / "cache of a tenth")
    all_of_them = in_own_process(build, tree, cache)
    opened = in_own_process(build, tree, cache)
    crops = {
        "cache": in_own_process(cached_crops, tree, cache, 0.0, seconds),
        "cache, colours changed": in_own_process(cached_crops, tree, cache, JITTER, seconds),
        "plain": in_own_process(decoded_crops, tree, seconds),
    }
    return {
        "photos": count,
        "bytes_a_photo": size // count,
        "build": {
            "cache": all_of_them.rate._asdict(),
            "plain": in_own_process(plain_build, tree, seconds)._asdict(),
            "peak_memory": {
                f"{few.photos} photos": few.peak,
                f"{count} photos": all_of_them.peak,
            },
            "seconds_to_open": opened.seconds,
        },
        "crops": {way: rate._asdict() for way, rate in crops.items()},
        "training": training_figures(tree, cache, folder / "run", steps),
    }


def in_own_process(function: Callable[..., Any], *arguments: Any) -> Any:
    # not a Pool: its workers may not start processes, as a DataLoader does
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def build(tree: Path, cache: Path) -> Built:
    """Builds the cache of a tree, or opens it where it is built."""
    from kunster.data.photos import folder_photos
    from kunster.machine.hardware import keep_freed_memory

    keep_freed_memory()  # as in every run
    os.environ["KUNSTER_CACHE"] = str(cache)
    began, cpu_before = time.perf_counter(), time.process_time()
    photos = folder_photos(tree, SHORT_SIDE)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_before
    return Built(len(photos), seconds, cpu_seconds, peak_memory())


def plain_build(tree: Path, seconds: float) -> Rate:
    """The plain way: one photo after the other, decoded and resized by Pillow."""
    from PIL import Image

    def prepare(path: Path) -> np.ndarray:
        with Image.open(path) as image:
            scale = SHORT_SIDE / min(image.size)
            size = round(image.width * scale), round(image.height * scale)
            return np.asarray(image.convert("RGB").resize(size, Image.Resampling.BILINEAR))

    return _a_second((1 for path in sorted(tree.iterdir()) if prepare(path) is not None), seconds)


def _links(files: Iterable[Path], folder: Path) -> Path:
    folder.mkdir()
    for file in files:
        (folder / file.name).symlink_to(file)
    return folder


def cached_crops(tree: Path, cache: Path, jitter: float, seconds: float) -> Rate:
    """Crops from the cache, as training reads them."""
    from kunster.data.crops import Crops
    from kunster.data.photos import folder_photos
    from kunster.data.stream import BatchStream

    os.environ["KUNSTER_CACHE"] = str(cache)
    crops = Crops(folder_photos(tree, SHORT_SIDE), SIZE, scale=SCALE, jitter=jitter)
    stream = BatchStream(crops, BATCH, first=lambda: 0, steps=sys.maxsize)
    return _a_second((len(batch) for batch in stream), seconds)


def decoded_crops(tree: Path, seconds: float) -> Rate:
    """Crops the plain way: JPEGs decoded in the workers of a DataLoader, one on every core."""
    from torch.utils.data import DataLoader

    from kunster.data.crops import Crops

    crops = Crops(Decoded(sorted(tree.iterdir())), SIZE, length=sys.maxsize, scale=SCALE)
    loader = DataLoader(crops, BATCH, num_workers=cores())
    return _a_second((len(batch) for batch in loader), seconds)


class Decoded:
    """Photos that are decoded at every access."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = files

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int, /) -> np.ndarray:
        from kunster.data.decode import decode_photo

        return decode_photo(self.files[index])


def training_figures(tree: Path, cache: Path, folder: Path, steps: int) -> dict[str, float]:
    """Figures in results.json of a stage 1 of id 14, with `slim`, on these photos.

    Raises:
        UserError: the run failed; its last line says why.
    """
    command = [
        *(sys.executable, "-m", "kunster.run", "+experiment=scream", "stages=[perceptual]"),
        *("photos=folder", f"photos.path='{tree}'", f"photos.short_side={SHORT_SIDE}"),
        *(f"objective.perceptual.steps={steps}", "export.enabled=false", "logger=csv"),
        f"hydra.run.dir='{folder}'",
    ]
    environment = {**os.environ, "KUNSTER_CACHE": str(cache)}
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    if run.returncode:
        raise UserError(f"the training failed: {run.stderr.strip().splitlines()[-1]}")
    results: dict[str, Any] = json.loads((folder / "results.json").read_text())
    return results["stages"]["perceptual"]  # type: ignore[no-any-return]


def peak_memory() -> int:
    """Peak memory of this process, bytes."""
    status = Path("/proc/self/status")
    if status.is_file():  # where getrusage begins with the parent's
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        assert found
        return 1024 * int(found[1])
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


def _a_second(counts: Iterable[int], seconds: float) -> Rate:
    """Rate over `seconds` after the first; the numbers say how many items came at a time."""
    iterator = iter(counts)
    next(iterator)
    total, began, cpu_before = 0, time.perf_counter(), time.process_time()
    for count in iterator:
        total += count
        if time.perf_counter() - began > seconds:
            break
    cpu_ms = 1000 * (time.process_time() - cpu_before) / total
    return Rate(total / (time.perf_counter() - began), cpu_ms)
