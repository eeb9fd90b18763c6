"""A stage that Lightning trains and resumes, as W&B has it."""

from types import SimpleNamespace

import lightning as L
import numpy as np
import pytest
import torch
import wandb
from torch import nn
from torch.utils.data import DataLoader

from kunster.callbacks.curve import LossCurve, read_curve
from kunster.callbacks.preview import Preview
from kunster.loggers.identity import WandbSettings
from kunster.loggers.stage_run import open_stage_run
from kunster.loggers.watch import Watch
from kunster.objectives.stage import StageObjective

from ..offline_runs import offline_run
from ..random_networks import describe

CONFIG = {"stages": ["perceptual"]}


class Brighter(StageObjective):
    """Learns to make pictures white."""

    def __init__(self) -> None:
        L.LightningModule.__init__(self)
        self.network, self.loss = nn.Conv2d(3, 3, 1), SimpleNamespace(terms={})
        self.pictures = [torch.ones(3, 64, 64)]
        for parameter in self.network.parameters():
            nn.init.constant_(parameter, 0.1)

    def setup(self, stage):
        """No perceptual network here."""

    def losses(self, batch, turn=0, styles=None):
        return {"loss": (self.network(batch) - 1).square().mean()}

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.02)

    def on_save_checkpoint(self, checkpoint):
        """Adds no description: there is none."""

    def train_dataloader(self):
        return DataLoader([torch.full((1, 3, 64, 64), 0.5)] * 100, batch_size=None)


@pytest.fixture(scope="module", autouse=True)
def _service_of_this_process():
    yield
    wandb.teardown()  # else processes of later tests would share it


def train(folder, steps, checkpoint=None, **looks):
    stage = folder / "perceptual"
    run = open_stage_run(WandbSettings(), CONFIG, folder, describe())
    preview = Preview(every_n_steps=7, **looks)
    levels = {"dark": 51, "light": 204}
    preview.pictures = {
        name: np.full((64, 96, 3), level, np.uint8) for name, level in levels.items()
    }
    trainer = L.Trainer(
        max_steps=steps,
        accelerator="cpu",
        logger=False,
        log_every_n_steps=10,
        callbacks=[
            LossCurve(every_n_steps=10),
            *([preview] if looks else []),
            Watch(run, preview),
        ],
        default_root_dir=stage,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(Brighter(), ckpt_path=checkpoint, weights_only=True)
    trainer.save_checkpoint(folder / f"{steps}.ckpt")
    run.run.finish()
    return offline_run(stage)


def looks(log, name):
    found = [step for step, row in log.history.items() if f"preview/{name}.sha256" in row]
    return {step: log.history[step][f"preview/{name}.sha256"] for step in found}


@pytest.fixture
def whole(tmp_path):
    return train(tmp_path, 25)


def test_losses_are_the_curves_and_looks_at_every_seventh_step_and_the_last(whole, tmp_path):
    losses = {step: row["train/loss"] for step, row in whole.history.items() if "train/loss" in row}
    curve = read_curve(tmp_path / "perceptual" / "curve.csv")
    assert losses == {row["step"]: pytest.approx(row["loss"]) for row in curve}
    assert list(losses) == [10, 20, 25]
    assert list(looks(whole, "light")) == [7, 14, 21, 25]
    assert len(set(looks(whole, "light").values())) == 4  # it became whiter


def test_it_has_the_first_look_as_well(tmp_path):
    log = train(tmp_path, 8, first_seconds=0, every_n_seconds=1000)
    assert list(looks(log, "light")) == [1, 7, 8]


def test_resumed_with_no_steps_left_it_stays_as_it_was(whole, tmp_path):
    before = looks(whole, "dark"), list(whole.history)
    again = train(tmp_path, 25, tmp_path / "25.ckpt")
    assert again.folder != whole.folder
    assert (looks(again, "dark"), list(again.history)) == before


def test_resumed_in_the_middle_it_equals_a_run_that_never_stopped(whole, tmp_path):
    other = tmp_path / "other"
    train(other, 12)
    on = train(other, 25, other / "12.ckpt")
    ran_on = [step for step in on.history if step != 12]  # then the last step, so looked at
    assert ran_on == list(whole.history)
    for name in ("dark", "light"):
        expected = looks(whole, name)
        assert {step: looks(on, name)[step] for step in expected} == expected
