"""A real run with W&B offline, as small as it can be."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from kunster.data.scenes import scene

from ..offline_runs import OfflineRun, offline_run

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> Path:
    """The folder of stage 1 of a run: ten steps, previews at 4, 8 and the last."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "photos").mkdir()
    cv2.imwrite(str(folder / "photos" / "0.png"), scene(0, size=96)[..., ::-1])
    overrides = [
        *("+experiment=scream", "stages=[perceptual]", "photos=folder"),
        *(f"photos.path={folder / 'photos'}", f"hydra.run.dir={folder / 'a0.25_b0.5'}"),
        *("logger.group=table2", "logger.tags=[mine]", "trainer.precision=32-true"),
        *("objective.perceptual.size=64", "objective.perceptual.steps=10"),
        "objective.perceptual.preview_every=4",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "kunster.run", *overrides],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "KUNSTER_CACHE": str(folder / "cache")},
    )
    assert done.returncode == 0, done.stderr
    return folder / "a0.25_b0.5" / "perceptual"


@pytest.fixture(scope="session")
def logged(trained) -> OfflineRun:
    return offline_run(trained)
