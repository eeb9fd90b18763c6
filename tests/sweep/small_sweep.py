"""Two small sweeps' worth of words: ids 14 and 15, stage 1, twenty steps."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from kunster.run.configuration import composed
from kunster.run.training import execute
from kunster.sweep.jobs import PROGRAM
from kunster.sweep.launcher import Here

from ..small_runs import FIRST, run_short, small_sweep

WORDS = (
    *("beta=0.5", "logger=wandb", "threads=1", FIRST),
    *("photos.batch=1", "objective.perceptual.steps=20"),
    *("callbacks.checkpoint.every_n_train_steps=10", "callbacks.preview.every_n_steps=10"),
)


class InThisProcess(Here):
    """Has trained a run when it is asked for the command that does, without 10 s of imports."""

    def command(self, run: Sequence[str], folder: Path, log: Path) -> list[str]:
        execute(composed(run[len(PROGRAM) :]), folder)
        return [sys.executable, "-S", "-c", ""]  # a bare machine may have no `true`


def command(photos: Path, folder: Path, *words: str) -> list[str]:
    return small_sweep(photos, folder, "alpha=0.25,0.125", *WORDS, *words)


def short_sweep(photos: Path, folder: Path, *words: str) -> subprocess.CompletedProcess:
    return run_short(*command(photos, folder, *words))
