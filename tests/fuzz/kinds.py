"""A small whole file of each kind that is read, and the command or reader that meets it."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import av
import numpy as np
import torch
from PIL import Image

from kunster.console.command import exit_code
from kunster.data.flow import read_flo
from kunster.export.onnx_file import export_onnx
from kunster.networks.model_file import save_model
from kunster.results.run_folder import RESULTS
from kunster.results.runs import read_run
from kunster.run.configuration import composed, resolved
from kunster.run.settings import check_config
from kunster.stylize.__main__ import main as stylize
from kunster.sweep.grid import read_grid

from ..flo_files import write_flo
from ..random_networks import describe, random_network
from ..video.clips import numbered, write_clip

HEIGHT, WIDTH = 64, 96
FAST = ("--engine", "onnxruntime")
SMALL = describe(alpha=0.125, beta=0.25)
MODEL = random_network(SMALL)


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        suffix: of the file that `write` makes.
        meet: reads it, in a folder with `model.safetensors`, `photo.png` and a finished `run`; the
            exit code.
        out: what that writes.
        check: reads all of `out`.
    """

    suffix: str
    write: Callable[[Path], object]
    meet: Callable[[Path], int]
    out: str | None = None
    check: Callable[[Path], object] | None = None


def picture(**options: object) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        pixels = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
        Image.fromarray(pixels).save(path, **options)

    return write


def moving(path: Path) -> None:
    frames = [Image.fromarray(numbered(number, HEIGHT, WIDTH)) for number in range(3)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=40)


def film(codec: str, sound: str | None = "aac", **options: object) -> Callable[[Path], Path]:
    frames = [numbered(number, HEIGHT, WIDTH) for number in range(4)]
    return lambda path: write_clip(path, frames, codec, sound=sound, **options)


def painted(out: str) -> Callable[[Path], int]:
    words = ("--model", "model.safetensors", "--steady", "0", *FAST)
    return lambda path: stylize([path.name, out, *words])


def by_model(path: Path) -> int:
    return stylize(["photo.png", "out.png", "--model", path.name, *FAST])


def reader(read: Callable[[Path], object]) -> Callable[[Path], int]:
    def work(path: Path) -> None:
        read(path)

    return lambda path: exit_code(partial(work, path))


def save_checkpoint(path: Path) -> None:
    state = {f"network.{name}": each for name, each in MODEL.state_dict().items()}
    torch.save({"state_dict": state, "description": SMALL.to_metadata()}, path)


def decoded(path: Path) -> None:
    with av.open(str(path)) as container:
        assert sum(1 for _ in container.decode(video=0)) > 0


def loaded(path: Path) -> None:
    with Image.open(path) as image:
        image.load()


def read_in_run(name: str) -> Callable[[Path], object]:
    """Reads a finished run whose file of that name is the damaged one."""

    def read(path: Path) -> object:
        shutil.copytree("run", "damaged")
        shutil.copy(path, Path("damaged", name))
        try:
            return read_run(Path("damaged"))
        finally:
            shutil.rmtree("damaged")

    return read


def write_results(path: Path) -> None:
    shutil.copy(Path("run", RESULTS), path)


def write_sweep(path: Path) -> None:
    path.write_text(
        "# three networks\nexperiment: scream\noverrides: [seed=3, objective.perceptual.steps=10]\n"
        "grid:\n  alpha: [1, 0.5, 0.25]\n  beta: [0.5]\n"
    )


def compose(path: Path) -> object:
    """The configuration of the first run of a sweep file."""
    grid = read_grid(path)
    point = grid.points()[0]
    words = [*grid.common, *(f"{name}={value}" for name, value in point.items())]
    return check_config(resolved(composed(words)))


PICTURES = {
    "png": picture(),
    "jpg": picture(quality=90),
    "webp": picture(),
    "tif": picture(compression="tiff_lzw"),
    "bmp": picture(),
    "gif": picture(),
}
FILMS = {
    "mp4": film("libx264"),
    "mov": film("mpeg4"),
    "mkv": film("libx264", "flac"),
    "webm": film("libvpx-vp9", "libopus", options={"deadline": "realtime"}),
    "avi": film("mpeg4", "mp3"),
    "ts": film("libx264"),
    "mpg": film("mpeg2video", "mp2"),
}
KINDS = {
    **{
        name: Kind(f".{name}", write, painted("out.png"), "out.png", loaded)
        for name, write in PICTURES.items()
    },
    **{
        f"moving {name}": Kind(f".{name}", moving, painted(f"out.{name}"), f"out.{name}", loaded)
        for name in ("gif", "webp", "apng")
    },
    **{
        name: Kind(f".{name}", write, painted("out.mp4"), "out.mp4", decoded)
        for name, write in FILMS.items()
    },
    "safetensors": Kind(
        ".safetensors", partial(save_model, MODEL, SMALL), by_model, "out.png", loaded
    ),
    "ckpt": Kind(".ckpt", save_checkpoint, by_model, "out.png", loaded),
    "onnx": Kind(".onnx", partial(export_onnx, MODEL, SMALL), by_model, "out.png", loaded),
    "flo": Kind(".flo", lambda path: write_flo(path, np.ones((6, 8, 2))), reader(read_flo)),
    "results": Kind(".json", write_results, reader(read_in_run(RESULTS))),
    "sweep": Kind(".yaml", write_sweep, reader(compose)),
}
