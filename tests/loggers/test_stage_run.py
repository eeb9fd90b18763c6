"""A stage that is interrupted and resumed, as W&B has it in the end."""

import csv

import numpy as np
import pytest
import wandb

from kunster.loggers.identity import WandbSettings
from kunster.loggers.stage_run import open_stage_run
from kunster.run.configuration import built, composed, resolved

from ..offline_runs import offline_run
from ..random_networks import describe

SETTINGS = WandbSettings()
CONFIG = {"alpha": 0.25, "stages": ["perceptual", "temporal"]}
COLUMNS = ("step", "loss", "style")


def picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (64, 96, 3), np.uint8)


def write_curve(path, steps):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows({"step": step, "loss": 1 / step, "style": 0.5} for step in steps)


@pytest.fixture(scope="module", autouse=True)
def _service_of_this_process():
    yield
    wandb.teardown()  # else processes of later tests would share it


@pytest.fixture
def cut_off(tmp_path):
    """A stage that was stopped at step 40; its curve holds what is before the checkpoint at 30."""
    run = open_stage_run(SETTINGS, CONFIG, tmp_path, describe())
    run.repeat(tmp_path / "none.csv", 0)
    for step in (10, 20, 30, 40):
        run.log_losses(step, {"step": step, "loss": 1 / step, "style": 0.5})
        if step in (20, 40):
            run.log_previews(step, {"cup": picture(step), "a_b_2": picture(step + 1)})
    run.run.finish(exit_code=1)
    write_curve(tmp_path / "curve.csv", (10, 20, 30))
    return tmp_path


def test_it_is_whole_and_nothing_is_there_twice(cut_off):
    before = offline_run(cut_off / "perceptual")
    pictures = {key: before.file(20, f"preview/{key}").read_bytes() for key in ("cup", "a_b_2")}
    run = open_stage_run(SETTINGS, CONFIG, cut_off, describe())
    run.repeat(cut_off / "curve.csv", 30)
    run.log_losses(40, {"step": 40, "loss": 0.25})
    run.run.finish()
    after = offline_run(cut_off / "perceptual")
    assert after.folder != before.folder
    assert after.run["run_id"] == before.folder.name.rsplit("-", 1)[1]
    losses = {step: row["train/loss"] for step, row in after.history.items()}
    assert losses == {10: 0.1, 20: 0.05, 30: pytest.approx(1 / 30), 40: 0.25}
    looks = [step for step, row in after.history.items() if "preview/cup._type" in row]
    assert looks == [20]
    for key, expected in pictures.items():
        assert after.file(20, f"preview/{key}").read_bytes() == expected


def test_cut_off_before_its_first_checkpoint_it_begins_anew(cut_off):
    run = open_stage_run(SETTINGS, CONFIG, cut_off, describe())
    run.repeat(cut_off / "curve.csv", 0)
    run.log_losses(10, {"step": 10, "loss": 7.0})
    run.run.finish()
    after = offline_run(cut_off / "perceptual")
    assert {step: row["train/loss"] for step, row in after.history.items()} == {10: 7}


def test_disabled_it_logs_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "disabled")
    for overrides in ([], ["logger.wandb.mode=disabled"]):
        config = resolved(composed(["+experiment=scream", *overrides]))
        logger = built(config["logger"]["wandb"], "logger.wandb")
        assert logger.follow(CONFIG, tmp_path, describe(), []) == []
        logger.finish({}, {}, [], 25)
        monkeypatch.delenv("WANDB_MODE", raising=False)
    assert not list(tmp_path.iterdir())


def test_another_stage_is_another_run(cut_off):
    first = offline_run(cut_off / "perceptual").folder
    run = open_stage_run(SETTINGS, CONFIG, cut_off, describe(stage="temporal"))
    run.repeat(cut_off / "none.csv", 0)
    run.run.finish()
    second = offline_run(cut_off / "temporal")
    assert first.is_dir()
    assert second.run["run_id"] != first.name.rsplit("-", 1)[1]
    assert (second.run["job_type"], second.run["display_name"]) == (
        *("stage 2", f"{cut_off.name} stage 2"),
    )
