"""Several runs of one command, `kunster run -m`: a folder each, one group in W&B."""

import json

import pytest
import yaml

from ..small_runs import QUICK, run_short, small_run


def test_multirun_trains_every_combination_as_a_group(photos, tmp_path):
    words = [*QUICK, "logger=wandb", "alpha=0.125,0.25", f"hydra.sweep.dir={tmp_path}"]
    command = small_run(photos, *words)
    done = run_short(*command[:5], "--multirun", *command[5:], WANDB_MODE="disabled")
    assert done.returncode == 0, done.stderr
    found = {json.loads(path.read_text())["id"] for path in tmp_path.glob("a*_b*/results.json")}
    assert found == {14, 15}
    configs = [yaml.safe_load(path.read_text()) for path in tmp_path.glob("a*_b*/config.yaml")]
    assert {config["logger"]["wandb"]["group"] for config in configs} == {tmp_path.name}
    assert not list(tmp_path.rglob("wandb"))


@pytest.mark.parametrize("axis", ["seed=0,1", "stages=[perceptual],[temporal]"])
def test_jobs_that_would_share_a_folder_are_refused_before_the_first(photos, tmp_path, axis):
    words = [*small_run(photos, *QUICK, axis, "overwrite=true"), "--multirun"]
    refused = run_short(*words, cwd=tmp_path)
    assert refused.returncode == 2, refused.stderr
    (line,) = refused.stderr.splitlines()
    assert line.startswith("runs/scream/a0.25_b0.5: 2 jobs would train in this folder")
    assert "hydra.sweep.subdir='a${alpha}_b${beta}_${hydra.job.num}'" in line
    assert not (tmp_path / "runs").exists()
