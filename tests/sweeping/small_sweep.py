"""Sweeps as a user types them, of networks that train for seconds."""

import os
import subprocess
import sys
from pathlib import Path

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


def sweep(photos, folder, *words):
    return subprocess.run(
        command(photos, folder, *words),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(photos.parent),
    )
