"""The command as a user types it, on networks that train for seconds."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import pytest
import torch
from safetensors.torch import load_file

from kunster.data.scenes import scene

from ..offline_runs import OfflineRun, offline_run

ROOT = Path(__file__).parents[2]


def command(photos: Path, folder: Path, *words: str) -> list[str]:
    return [
        *(sys.executable, "-m", "kunster.sweep", "sweeps/table2.yaml", "--folder", str(folder)),
        *("alpha=0.25,0.125", "beta=0.5", "photos=folder", f"photos.path={photos}", "logger=wandb"),
        *("trainer.precision=32-true", "trainer.threads=1", "stages=[perceptual]"),
        *("objective.perceptual.size=64", "objective.perceptual.steps=40"),
        *("objective.perceptual.checkpoint_every=10", "objective.perceptual.preview_every=20"),
        *words,
    ]


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "KUNSTER_CACHE": str(folder / "cache"), "COLUMNS": "160"}


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(3):
        cv2.imwrite(str(folder / f"{number}.png"), scene(number, size=96)[..., ::-1])
    return folder


def sweep(photos, folder, *words):
    return subprocess.run(
        command(photos, folder, *words),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(photos.parent),
    )


def check_wandb(folder: Path) -> None:
    """The runs of a sweep stand side by side: a group, and each key at the same steps."""
    runs = [offline_run(folder / name / "perceptual") for name in ("a0.25", "a0.125")]
    assert [run.run["run_group"] for run in runs] == [folder.name] * 2
    assert [run.run["display_name"] for run in runs] == ["a0.25 stage 1", "a0.125 stage 1"]
    assert [run.config["id"] for run in runs] == [14, 15]
    tags = [["id14", "scream", "stage 1"], ["id15", "scream", "stage 1"]]
    assert [sorted(run.run["tags"]) for run in runs] == tags
    first, second = ({key: seen(run, key) for key in run.keys if "/" in key} for run in runs)
    assert first == second
    assert first["preview/coffee"] == [20, 40]
    assert first["train/style"] == [10, 20, 30, 40]
    assert first["stylized/coffee"] == [40]


def seen(run: OfflineRun, key: str) -> list[int]:
    """The steps at which something was logged under a key."""
    return [step for step, row in run.history.items() if key in row or f"{key}._type" in row]


@pytest.mark.slow
def test_killed_in_the_middle_it_ends_as_if_it_had_not_been(photos, tmp_path):
    whole, broken = tmp_path / "whole, at once (sweep)", tmp_path / "broken"
    done = sweep(photos, whole)
    assert done.returncode == 0, done.stderr
    assert "15,195" in done.stdout
    assert "3,999" in done.stdout
    killed = subprocess.Popen(
        command(photos, broken), cwd=ROOT, env=environment(tmp_path), stderr=subprocess.DEVNULL
    )
    checkpoint = broken / "a0.25" / "perceptual" / "last.ckpt"
    while not checkpoint.is_file() and killed.poll() is None:
        time.sleep(0.05)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    again = sweep(photos, broken)
    assert again.returncode == 0, again.stderr
    for name in ("a0.25", "a0.125"):
        ours, theirs = (
            load_file(folder / name / "perceptual" / "model.safetensors")
            for folder in (broken, whole)
        )
        assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
        first, second = (
            json.loads((folder / name / "results.json").read_text())["stages"]["perceptual"]
            for folder in (broken, whole)
        )
        assert first["evaluation"] == second["evaluation"]
    for folder in (whole, broken):
        check_wandb(folder)


def test_dry_run_lists_and_writes_nothing(photos, tmp_path):
    done = sweep(photos, tmp_path / "none", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()[1:] if line] == ["14", "15"]
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [(["alpha=0.3"], "alpha=0.3"), (["--fold"], "--fold"), (["hydra/launcher=none"], "none")],
)
def test_mistakes_get_one_line_and_exit_code_2(photos, tmp_path, words, says):
    done = sweep(photos, tmp_path / "none", *words)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "none").exists()
