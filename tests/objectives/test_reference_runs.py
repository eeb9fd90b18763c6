"""The first steps of what `kunster run` trains, term by term, kept.

`trained` alone knows how a run is composed and driven; whatever it becomes, the numbers stay. After
a deliberate change of behaviour, KUNSTER_WRITE_REFERENCE=1 writes them anew; say so in the commit.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import lightning as L
import pytest
import torch

from kunster.data.scenes import scene
from kunster.losses import grid
from kunster.run.configuration import composed
from kunster.run.preparation import Run
from kunster.run.settings import stages_of
from kunster.run.training import fit

from ..small_runs import SMALL

REFERENCE = Path(__file__).parents[1] / "reference"
SCENES = (0, 1, 4)  # which OpenCV draws alike with and without Intel's routines (IPP)
STEPS = 3
TOLERANCE = 1e-4  # of float64, which other threads and kernels change by less than 1e-6
EVERY_TERM = [
    "alpha=0.5",  # at 0.25, the default, adam_by_fan_in has nothing to scale
    *(f"objective.{stage}.terms.tv.weight=1" for stage in ("perceptual", "temporal")),
    *(f"objective.{stage}.schedule.warmup=0.4" for stage in ("perceptual", "temporal")),
    "objective.temporal.terms.feature.weight=0.5",
    "objective.temporal.both_frames=true",
    *(f"objective.{stage}.terms.palette.weight=0" for stage in ("perceptual", "temporal")),
]
PAPER = [
    *(f"objective@objective.{stage}={stage}_paper" for stage in ("perceptual", "temporal")),
    *("network=kunster", "style.weight=3", "perceptual.pooling=max"),
]
MOMENTS = [  # with the weights of the day when its numbers were kept
    *(f"objective@objective.{stage}={stage}_moments" for stage in ("perceptual", "temporal")),
    *(
        f"objective.{stage}.terms.{weight}"
        for stage in ("perceptual", "temporal")
        for weight in ("fine_content.weight=1", "light.weight=0.5")
    ),
]
RUNS = {
    "default_run": [],
    "every_term_run": [*MOMENTS, *EVERY_TERM],
    "paper_run": PAPER,
}

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
    for number in SCENES:
        cv2.imwrite(str(folder / f"{number}.png"), scene(number, size=96)[..., ::-1])
    words = [
        *("+experiment=scream", *SMALL, f"photos.path={folder}", "photos.batch=1"),
        "perceptual._target_=kunster.losses.vgg.load_vgg19",
        f"style.image={folder}/{SCENES[-1]}.png",  # decoders of JPEG differ by a step
        *("trainer.accelerator=cpu", "trainer.precision=64-true", "trainer.log_every_n_steps=1"),
        *(f"objective.{stage}.steps={steps}" for stage in ("perceptual", "temporal")),
        *overrides,
    ]
    run = in_double(Run(composed(words), folder / "run"), monkeypatch)
    found = {}
    for stage in [run.stage(name) for name in stages_of(run.config)]:
        seen = EachStep()
        fit(run, stage, [seen], [])
        found[stage.stage] = seen.rows
    return found


def in_double(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same run, which learns in float64.

    In float32 a sum in another order has become 1e-2 of a term five steps later.
    """
    run.paintings  # noqa: B018  # read before tensors become float64
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    monkeypatch.setattr(grid, "_means", grid._means.__wrapped__)  # what it caches is float32
    run.network.double()
    for parameter in run.network.parameters():  # processors draw them alike but for the last bit
        parameter.data.mul_(1024).round_().div_(1024)
    run.perceptual.double()
    return run


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
