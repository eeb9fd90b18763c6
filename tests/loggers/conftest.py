"""A real run with W&B offline, as small as it can be."""

from pathlib import Path

import pytest

from ..offline_runs import OfflineRun, offline_run
from ..small_runs import FIRST, run_short, small_photos, small_run


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> Path:
    """The folder of stage 1 of a run: ten steps, previews at 4, 8 and the last."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "photos").mkdir()
    command = small_run(
        small_photos(folder / "photos"),
        *(FIRST, f"hydra.run.dir={folder / 'a0.25_b0.5'}", "photos.batch=1"),
        *("logger=wandb", "logger.wandb.group=table2", "logger.wandb.tags=[mine]"),
        *("objective.perceptual.steps=10", "callbacks.preview.every_n_steps=4"),
        # less noise for JPEG to keep
        *(
            f"objective.perceptual.terms.{term}"
            for term in ("style.weight=0", "light.weight=0.5", "palette.weight=0")
        ),
        "callbacks.checkpoint.every_n_train_steps=10",  # else all is exported every other step
    )
    done = run_short(*command, KUNSTER_CACHE=str(folder / "cache"))
    assert done.returncode == 0, done.stderr
    return folder / "a0.25_b0.5" / "perceptual"


@pytest.fixture(scope="session")
def logged(trained) -> OfflineRun:
    return offline_run(trained)
