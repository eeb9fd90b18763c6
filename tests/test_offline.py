"""No command opens a socket of the internet, nor leaves an identity for a later one to send."""

import os
import sys
from importlib import import_module
from pathlib import Path

import pytest

from kunster.assets import trained
from kunster.data import preview_photos
from kunster.gallery import painting
from kunster.networks.model_file import save_model
from kunster.networks.table2 import ROWS
from kunster.page import samples
from kunster.report import drawing, stylized_photos

from .no_internet import SUPPORTED, forbid_internet
from .pack.conftest import finished_run
from .random_networks import describe, random_network
from .small_runs import FORKS, QUICK, ROOT, SMALL, small_photos
from .video.clips import numbered, write_clip

TINY = ROWS[14]


def commands(folder: Path) -> list[tuple[str, list[str]]]:
    """Verbs and their words, each as small as it can be."""
    photos, clip, run = (str(folder / name) for name in ("photos", "clip.mp4", "sweep/one"))
    photo, model = f"{photos}/0.png", f"{run}/perceptual/model.safetensors"
    other, given = f"{run}/temporal/model.safetensors", ["--photos", photos, "--limit", "1"]

    def out(name: str) -> list[str]:
        return ["--out", str(folder / name)]

    hosted = ["--runtime-url", "https://example.com/dist"]
    small = [*SMALL[2:], *QUICK[:2], f"photos.path={photos}", "photos=folder", "logger=wandb"]
    axes = ["alpha=0.125", "beta=0.5", "export.enabled=false"]
    return [
        ("styles", ["--json"]),
        ("fetch", ["--list"]),
        ("bench", []),
        ("stylize", [photo, str(folder / "a.png"), "--model", model]),
        ("stylize", [clip, str(folder / "a.mp4"), "--model", model, "--engine", "onnxruntime"]),
        ("blend", [model, other, *out("blend.safetensors")]),
        ("export", [model, "onnx", "coreml", *given, *out("app")]),
        ("evaluate", [model, "--painted", "0", *given, *out("table")]),
        ("page", [model, *hosted, *out("page")]),
        ("open", [str(folder / "sweep"), *hosted, *out("open")]),
        ("pack", [run, *out("packed")]),
        ("gallery", ["--photos", photos, "--video", clip, *out("gallery")]),
        ("report", [str(folder / "sweep")]),
        ("sweep", [str(ROOT / "sweeps" / "table2.yaml"), *small, *axes, *out("grid")]),
        ("dashboard", ["--entity", "me"]),  # needs an account, and says so
    ]


def all_verbs(folder: Path, said: Path) -> None:
    """Runs them in this process; a line for each that ended, with its exit code."""
    forbid_internet()
    for name in ("CI", "ORT_DISABLE_TELEMETRY", "WANDB_ERROR_REPORTING", "WANDB_SERVICE"):
        os.environ.pop(name, None)
    home = {name: str(folder / "home") for name in ("HOME", "XDG_CACHE_HOME", "KUNSTER_CACHE")}
    os.environ |= {**home, "PYTHONPATH": str(ROOT), "WANDB_DIR": str(folder)}
    os.dup2(os.open(folder / "stderr", os.O_WRONLY | os.O_CREAT), sys.stderr.fileno())
    trained.FOLDER = folder / "trained"
    preview_photos.SIZE = stylized_photos.SIZE = samples.SIZE = (64, 96)
    samples.SECONDS = painting.CLIP_SECONDS = 1
    drawing.FILE_RESOLUTION = 50
    os.chdir(folder)
    for verb, words in commands(folder):
        code = import_module(f"kunster.{verb}.__main__").main(words)
        with open(said, "a") as file:
            file.write(f"{verb} {code}\n")


@pytest.mark.slow
@pytest.mark.skipif(not SUPPORTED, reason="the kernel's filter is Linux's, for x86-64 and Arm")
def test_no_verb_opens_a_socket_of_the_internet(tmp_path):
    (tmp_path / "photos").mkdir()
    small_photos(tmp_path / "photos")
    write_clip(tmp_path / "clip.mp4", [numbered(number) for number in range(4)])
    (tmp_path / "sweep").mkdir()
    finished_run(tmp_path / "sweep" / "one", TINY.id)
    description = describe(alpha=TINY.alpha, beta=TINY.beta, style="udnie")
    shipped = tmp_path / "trained" / "udnie" / "15-perceptual.safetensors"
    save_model(random_network(description), description, shipped)
    process = FORKS.Process(target=all_verbs, args=(tmp_path, tmp_path / "said"))
    process.start()
    process.join()
    said = (tmp_path / "said").read_text().splitlines()
    expected = [f"{verb} {2 if verb == 'dashboard' else 0}" for verb, _ in commands(tmp_path)]
    assert said == expected, (process.exitcode, (tmp_path / "stderr").read_text()[-3000:])
    left = [path for path in (tmp_path / "home").rglob("*") if "Microsoft" in path.parts]
    assert not left, "onnxruntime keeps an identity and events to send"


def test_the_filter_ends_a_process_that_opens_one():
    if not SUPPORTED:
        pytest.skip("the kernel's filter is Linux's, for x86-64 and Arm")
    process = FORKS.Process(target=_open)
    process.start()
    process.join()
    assert process.exitcode == -31  # SIGSYS


def _open() -> None:
    import socket

    forbid_internet()
    socket.socket()
