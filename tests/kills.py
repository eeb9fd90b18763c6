"""Kills commands (-9) at random moments, and goes on: `make kills`, KILLS=20 for fewer.

After each kill every file that is there under its own name must be whole; at the end all is as in a
run that nobody killed: weights bit by bit, the other files complete.
"""

import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import onnx
import torch
from safetensors.numpy import load_file

from kunster.assets.download import Wanted, download
from kunster.files.checksum import sha256
from kunster.page.server import serving

from .small_runs import QUICK, begin, processes_in, small_photos, small_run, small_sweep
from .video.clips import numbered, write_clip

STEPS = ["objective.perceptual.steps=12", "objective.temporal.steps=6"]
LITTLE = [*STEPS, "callbacks.checkpoint.every_n_train_steps=4"]  # each is exported
ARCHIVE = 30_000_000  # bytes that are fetched


@dataclass(frozen=True)
class Job:
    """A command that is killed.

    Attributes:
        share: of all kills.
        command: that begins, and that goes on where it was killed.
        kept: what two runs must have alike, of a folder.
    """

    share: float
    command: Callable[[Path], Sequence[str]]
    kept: Callable[[Path], Any]


def weights(folder: Path) -> dict[str, dict[str, Any]]:
    """Tensors of every checkpoint, and what was measured of each stage."""
    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("last.ckpt")):
        state = torch.load(path, weights_only=True)["state_dict"]
        found[str(path.relative_to(folder))] = {key: each.tolist() for key, each in state.items()}
    for path in sorted(folder.rglob("results.json")):
        stages = json.loads(path.read_text())["stages"]
        found[str(path.relative_to(folder))] = {
            key: each["evaluation"] for key, each in stages.items()
        }
    assert found
    return found


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def frames(folder: Path) -> int:
    with av.open(str(folder / "out.mp4")) as container:
        return sum(1 for _ in container.decode(video=0))


def jobs(place: Path) -> dict[str, Job]:
    photos = place / "photos"
    photos.mkdir()
    small_photos(photos)
    film, archive = place / "film.mp4", place / "site" / "archive"
    write_clip(film, [numbered(number) for number in range(200)])
    archive.parent.mkdir()
    archive.write_bytes(np.random.default_rng(0).bytes(ARCHIVE))
    words = [sys.executable, "-m"]

    def run(folder: Path) -> Sequence[str]:
        place = folder / "run"  # beside the cache
        again = ["resume=true"] if (place / "config.yaml").exists() else []
        return small_run(photos, f"hydra.run.dir={place}", *LITTLE, *again)

    def sweep(folder: Path) -> Sequence[str]:
        return small_sweep(photos, folder / "sweep", "alpha=0.25,0.125", "beta=0.5", *LITTLE)

    def stylize(folder: Path) -> Sequence[str]:
        said = [*words, "kunster.stylize", str(film), str(folder / "out.mp4")]
        return [*said, "--model", "scream", "--overwrite", "--engine", "onnxruntime"]

    def caching(folder: Path) -> Sequence[str]:
        return small_run(photos, f"hydra.run.dir={folder / 'run'}", *QUICK, "overwrite=true")

    def export(folder: Path) -> Sequence[str]:
        said = [*words, "kunster.export", "scream", "onnx", "coreml", "--out", str(folder)]
        return [*said, "--overwrite"]

    def fetch(folder: Path) -> Sequence[str]:
        return [*words, "tests.kills", "fetch", str(archive), str(folder / "archive")]

    return {
        "run": Job(0.3, run, weights),
        "sweep": Job(0.1, sweep, weights),
        "stylize": Job(0.2, stylize, frames),
        "cache": Job(0.15, caching, lambda folder: weights(folder / "run")),
        "fetch": Job(0.1, fetch, lambda folder: sha256(folder / "archive")),
        "export": Job(0.15, export, names),
    }


def check_whole(folder: Path) -> None:
    """Reads every file that has its own name."""
    for path in (path for path in folder.rglob("*") if path.is_file()):
        if path.name.startswith(".part-") or path.name.endswith(".part"):
            continue
        if path.suffix == ".ckpt":
            torch.load(path, weights_only=True)
        elif path.suffix == ".safetensors":
            load_file(path)
        elif path.suffix == ".onnx":
            onnx.checker.check_model(str(path))
        elif path.suffix == ".json":
            json.loads(path.read_text())
        elif path.suffix == ".png":
            assert cv2.imread(str(path)) is not None, path
        elif path.suffix == ".mp4":
            frames(path.parent)
        elif path.name == "archive":
            assert path.stat().st_size == ARCHIVE


def killed(command: Sequence[str], seconds: float, folder: Path, place: Path) -> bool:
    """Kills a command and what it started after some seconds; False where it had ended."""
    process = begin(*command, said=place, KUNSTER_CACHE=str(folder / "cache"))
    process.join(seconds)
    alive = process.exitcode is None
    for number in [process.pid, *processes_in(folder)]:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    process.join()
    return alive


def finish(command: Sequence[str], folder: Path, place: Path) -> float:
    """Runs a command to its end; the seconds that it took."""
    began = time.monotonic()
    process = begin(*command, said=place, KUNSTER_CACHE=str(folder / "cache"))
    process.join()
    assert process.exitcode == 0, (place / "stderr").read_text()
    return time.monotonic() - began


def main(count: int) -> None:
    draw = random.Random(0)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        for title, job in jobs(place).items():
            whole = place / f"{title} whole"
            whole.mkdir()
            lasts = finish(job.command(whole), whole, place)
            expected = job.kept(whole)
            kills = late = rounds = 0
            while kills < round(job.share * count):
                folder = place / f"{title} {rounds}"
                folder.mkdir()
                for _ in range(draw.choice((1, 1, 2, 3))):
                    if killed(job.command(folder), draw.uniform(0, 0.8 * lasts), folder, place):
                        kills += 1
                    else:
                        late += 1
                    check_whole(folder)
                finish(job.command(folder), folder, place)
                check_whole(folder)
                assert job.kept(folder) == expected, f"{title}: not as without kills"
                shutil.rmtree(folder)
                rounds += 1
            print(
                f"{title}: {kills} kills in {rounds} runs of {lasts:.1f} s, {late} came too late; "
                "nothing broken, all as without",
                flush=True,
            )


def fetch(source: Path, target: Path) -> None:
    data = source.read_bytes()
    with serving(source.parent) as address:
        url = f"{address.rstrip('/')}/{source.name}"
        download([url], target, Wanted(len(data), len(data), sha256(source)))


if __name__ == "__main__":
    if sys.argv[1] == "fetch":
        if not Path(sys.argv[3]).exists():
            fetch(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main(int(sys.argv[1]))
