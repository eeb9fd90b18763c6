"""Runs that differ in stage 2 alone: one trains stage 1, the others go on from it."""

import json

import pytest
import torch

from ..small_runs import trained
from .small_sweep import WORDS, short_sweep

STEPS = [
    *("alpha=0.125", "stages=[perceptual,temporal]", "logger=csv", "export.enabled=false"),
    *("objective.perceptual.steps=4", "objective.temporal.steps=4"),
]
WEIGHT = "objective.temporal.terms.output.weight"


@pytest.mark.slow
def test_one_trains_stage_1_and_the_other_goes_on_from_it(photos, tmp_path):
    folder = tmp_path / "shared"
    done = short_sweep(photos, folder, *STEPS, f"{WEIGHT}=1,300")
    assert done.returncode == 0, done.stderr
    results = [
        json.loads((folder / name / "results.json").read_text())["stages"]["perceptual"]
        for name in ("weight1", "weight300")
    ]
    assert results[0]["seconds"] == results[1]["seconds"] > 0  # the same training
    assert results[0]["evaluation"] == results[1]["evaluation"]
    trained(photos, tmp_path / "alone", *WORDS, "network=kunster", *STEPS, f"{WEIGHT}=300")
    for stage in ("perceptual", "temporal"):
        ours, theirs = (
            torch.load(path / stage / "last.ckpt", weights_only=True)["state_dict"]
            for path in (folder / "weight300", tmp_path / "alone")
        )
        assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
