"""Photos into the cache and crops out of it, on a tree of JPEGs such as COCO's.

Everything is measured in a process of its own, so that what one has in memory is not another's.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from kunster.bench.photo_tree import write_photo_tree
from kunster.errors import UserError
from kunster.files.checksum import sha256
from kunster.machine.cores import cores

SIZE, SCALE, JITTER, BATCH = 256, (0.6, 1.0), 0.3, 16  # of crops, as in conf/objective
SHORT_SIDE = 320  # pixels, as in conf/photos
GLANCE = 0.02  # s between two looks at how far a build is


class Rate(NamedTuple):
    """How many a second, and how many milliseconds of one core each cost this process."""

    a_second: float
    cpu_ms: float


class Built(NamedTuple):
    """A build of the cache: seconds of the clock, bytes of memory at most."""

    photos: int
    seconds: float
    cpu_seconds: float
    peak: int

    @property
    def rate(self) -> Rate:
        return Rate(self.photos / self.seconds, 1000 * self.cpu_seconds / self.photos)


class Killed(NamedTuple):
    """A build that was killed, and what the next one had left to do."""

    kept: int
    again: Built


def measure(
    folder: Path, count: int, pictures: Sequence[np.ndarray], seconds: float, steps: int
) -> dict[str, Any]:
    """All figures, on `count` JPEGs made of the pictures, in an empty folder.

    Args:
        seconds: of each way to make crops.
        steps: of the training that is watched.
    """
    tree, cache = folder / "photos", folder / "cache"
    write_photo_tree(tree, count, pictures)
    size = sum(file.stat().st_size for file in tree.iterdir())
    tenth = _links(sorted(tree.iterdir())[: count // 10], folder / "tenth")
    few = in_own_process(build, tenth, folder / "cache of a tenth")
    all_of_them = in_own_process(build, tree, cache)
    opened = in_own_process(build, tree, cache)
    killed = build_and_kill(tree, folder / "killed")
    same = pixels_sha256(folder / "killed") == pixels_sha256(cache)
    shutil.rmtree(folder / "killed")
    forget(cache)
    crops = {
        "cache, from disk": in_own_process(cached_crops, tree, cache, 0.0, seconds),
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
                f"{count} photos, begun again": killed.again.peak,
            },
            "seconds_to_open": opened.seconds,
        },
        "killed": {"kept": killed.kept, "seconds_again": killed.again.seconds, "same": same},
        "crops": {way: rate._asdict() for way, rate in crops.items()},
        "training": training_figures(tree, cache, folder / "run", steps),
    }


def in_own_process(function: Callable[..., Any], *arguments: Any) -> Any:
    # not a Pool: its workers may have none of their own, as a DataLoader has
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def build(tree: Path, cache: Path) -> Built:
    """Builds the cache of a tree, or opens it where it is built."""
    from kunster.data.photos import folder_photos
    from kunster.machine.hardware import keep_freed_memory

    keep_freed_memory()  # as every run does: a third of the time would go into fetching it anew
    os.environ["KUNSTER_CACHE"] = str(cache)
    began, cpu_before = time.perf_counter(), time.process_time()
    photos = folder_photos(tree, SHORT_SIDE)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_before
    return Built(len(photos), seconds, cpu_seconds, peak_memory())


def plain_build(tree: Path, seconds: float) -> Rate:
    """The plain way: one after the other, whole, Pillow's resizing."""
    from PIL import Image

    def prepare(path: Path) -> np.ndarray:
        with Image.open(path) as image:
            scale = SHORT_SIDE / min(image.size)
            size = round(image.width * scale), round(image.height * scale)
            return np.asarray(image.convert("RGB").resize(size, Image.Resampling.BILINEAR))

    return _a_second((1 for path in sorted(tree.iterdir()) if prepare(path) is not None), seconds)


def build_and_kill(tree: Path, cache: Path) -> Killed:
    """SIGKILL when half of the photos are in the cache, then the same build again."""
    half = len(list(tree.iterdir())) // 2
    process = get_context("spawn").Process(target=build, args=(tree, cache))
    process.start()
    while (kept := _journalled(cache)) < half and process.is_alive():
        time.sleep(GLANCE)
    process.kill()
    process.join()
    kept = _journalled(cache)
    return Killed(kept, in_own_process(build, tree, cache))


def _links(files: Iterable[Path], folder: Path) -> Path:
    folder.mkdir()
    for file in files:
        (folder / file.name).symlink_to(file)
    return folder


def pixels_sha256(cache: Path) -> str:
    """Of the only cache of photos in the folder."""
    (path,) = cache.glob("photos/*/photos.u8")
    return sha256(path)


def forget(cache: Path) -> None:
    """Asks the system to drop the pixels from memory: the next to read them waits for the disk."""
    for path in cache.glob("photos/*/photos.u8"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def cached_crops(tree: Path, cache: Path, jitter: float, seconds: float) -> Rate:
    """Crops out of the cache, as training reads them."""
    from kunster.data.crops import Crops
    from kunster.data.photos import folder_photos
    from kunster.data.stream import BatchStream

    os.environ["KUNSTER_CACHE"] = str(cache)
    crops = Crops(folder_photos(tree, SHORT_SIDE), SIZE, scale=SCALE, jitter=jitter)
    stream = BatchStream(crops, BATCH, first=lambda: 0, steps=sys.maxsize)
    return _a_second((len(batch) for batch in stream), seconds)


def decoded_crops(tree: Path, seconds: float) -> Rate:
    """Crops the plain way: JPEGs decoded anew, by a DataLoader's workers, one on every core."""
    from torch.utils.data import DataLoader

    from kunster.data.crops import Crops

    crops = Crops(Decoded(sorted(tree.iterdir())), SIZE, length=sys.maxsize, scale=SCALE)
    loader = DataLoader(crops, BATCH, num_workers=cores())
    return _a_second((len(batch) for batch in loader), seconds)


class Decoded:
    """Photos that are decoded whenever they are asked for."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = files

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int, /) -> np.ndarray:
        from kunster.data.decode import decode_photo

        return decode_photo(self.files[index])


def training_figures(tree: Path, cache: Path, folder: Path, steps: int) -> dict[str, float]:
    """What results.json says of a real stage 1 of id 14, with `slim`, on these photos.

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
    return json.loads((folder / "results.json").read_text())["stages"]["perceptual"]


def peak_memory() -> int:
    """Bytes that this process has held at most."""
    status = Path("/proc/self/status")
    if status.is_file():  # where getrusage begins with the parent's
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        assert found
        return 1024 * int(found[1])
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


def _a_second(counts: Iterable[int], seconds: float) -> Rate:
    """Of what came in `seconds` after the first; counts say how much came at a time."""
    iterator = iter(counts)
    next(iterator)
    total, began, cpu_before = 0, time.perf_counter(), time.process_time()
    for count in iterator:
        total += count
        if time.perf_counter() - began > seconds:
            break
    cpu_ms = 1000 * (time.process_time() - cpu_before) / total
    return Rate(total / (time.perf_counter() - began), cpu_ms)


def _journalled(cache: Path) -> int:
    """Photos that a build has finished."""
    return sum(path.read_bytes().count(b"\n") for path in cache.glob("photos/*/journal.jsonl"))
