"""The first steps of what `python -m kunster.run +experiment=scream` trains, term by term, kept.

`trained` alone knows how a run is composed and driven; whatever it becomes, the numbers stay. After
a deliberate change of behaviour, KUNSTER_WRITE_REFERENCE=1 writes them anew; say so in the commit.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import lightning as L
import pytest
import torch
from hydra import compose, initialize_config_dir

from kunster import pipeline
from kunster.data.scenes import scene
from kunster.hardware import Hardware
from kunster.losses import grid
from kunster.objectives import stage as stage_objective
from kunster.run import CONF, plan_of
from kunster.settings import schedule_of, stages_of
from kunster.stages import Learner
from kunster.training import train_stage

from ..small_runs import SMALL

REFERENCE = Path(__file__).parents[1] / "reference"
SCENES = (0, 1, 4)  # which OpenCV draws alike with and without Intel's routines (IPP)
STEPS = 5
TOLERANCE = 1e-4  # of float64, which other threads and kernels change by less than 1e-6
EVERY_TERM = [
    "alpha=0.5",  # at 0.25, the default, adam_by_fan_in has nothing to scale
    "style.weight=3",
    *(f"objective.{stage}.grid_weight=1000" for stage in ("perceptual", "temporal")),
    *(f"objective.{stage}.schedule.warmup=0.4" for stage in ("perceptual", "temporal")),
    "objective.temporal.feature_weight=0.5",
    "objective.temporal.both_frames=true",
]
RUNS = {"default_run": [], "every_term_run": EVERY_TERM}

Curve = list[dict[str, float]]  # a row for each step: terms, loss and gradient norm by name


class EachStep(L.Callback):
    """Keeps what was logged of every step."""

    def __init__(self) -> None:
        self.rows: Curve = []

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        logged = {name.removeprefix("train/"): v for name, v in trainer.callback_metrics.items()}
        logged.pop("images_per_second", None)
        self.rows.append({name: float(value) for name, value in logged.items() if value})


def trained(
    overrides: Sequence[str], steps: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Curve]:
    """The curve of each stage of a run of `steps` each, the second going on from the first.

    A term without a weight, whose value is 0, is left out.
    """
    monkeypatch.setenv("KUNSTER_CACHE", str(folder / "cache"))
    monkeypatch.setattr(stage_objective, "LOG_EVERY", 1)
    for number in SCENES:
        cv2.imwrite(str(folder / f"{number}.png"), scene(number, size=96)[..., ::-1])
    words = [
        *("+experiment=scream", *SMALL, f"photos.path={folder}"),
        *("objective.perceptual.batch=1", "trainer.accelerator=cpu", "export.enabled=false"),
        *(f"objective.{stage}.steps={steps}" for stage in ("perceptual", "temporal")),
        *overrides,
    ]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        plan = plan_of(compose("config", words), folder / "run")
    learner = in_double(pipeline._learner(plan)[0], monkeypatch)
    lessons = {stage: pipeline._lesson(plan, stage, learner) for stage in stages_of(plan.config)}
    found = {}
    for stage, lesson in lessons.items():
        schedule, seen = schedule_of(plan.config["objective"][stage]), EachStep()
        where = (learner.hardware, plan.folder / stage)
        train_stage(lesson.module, lesson.data, schedule, *where, watching=[seen])
        found[stage] = seen.rows
    return found


def in_double(learner: Learner, monkeypatch: pytest.MonkeyPatch) -> Learner:
    """The same learner, which learns in float64.

    In float32 a sum in another order has become 1e-2 of a term five steps later.
    """
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    monkeypatch.setattr(grid, "_means", grid._means.__wrapped__)  # what it caches is float32
    monkeypatch.setattr(Hardware, "feature_dtype", torch.float64)
    network = learner.network.double()
    for parameter in network.parameters():  # processors draw them alike but for the last bit
        parameter.data.mul_(1024).round_().div_(1024)
    hardware = replace(learner.hardware, precision="64-true")
    return replace(
        learner, network=network, perceptual=learner.perceptual.double(), hardware=hardware
    )


@pytest.mark.parametrize("name", RUNS)
def test_every_term_of_every_step_is_the_one_kept(name, tmp_path, monkeypatch):
    found = trained(RUNS[name], STEPS, tmp_path, monkeypatch)
    path = REFERENCE / f"{name}.json"
    if os.environ.get("KUNSTER_WRITE_REFERENCE"):
        path.write_text(json.dumps(_rounded(found), indent=1) + "\n")
    kept = json.loads(path.read_text())
    assert {stage: len(rows) for stage, rows in found.items()} == dict.fromkeys(kept, STEPS)
    for stage, rows in kept.items():
        for step, row in enumerate(rows):
            assert found[stage][step] == pytest.approx(row, rel=TOLERANCE), (stage, step)


def _rounded(found: Mapping[str, Curve]) -> dict[str, Curve]:
    return {
        stage: [{name: float(f"{value:.7g}") for name, value in row.items()} for row in rows]
        for stage, rows in found.items()
    }
