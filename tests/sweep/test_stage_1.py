"""Runs that differ in stage 2 alone: one trains stage 1, the others go on from it."""

import json

import pytest
import torch

from .small_sweep import sweep

WORDS = (
    *(
        "alpha=0.125",
        "stages=[perceptual,temporal]",
        "objective.temporal.terms.output.weight=1,300",
    ),
    *("objective.temporal.steps=4", "clips.size=[64,64]", "export.enabled=false"),
)
FIRST, SECOND = "weight1", "weight300"


@pytest.fixture(scope="module")
def folder(photos, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweeps") / "shared"
    done = sweep(photos, folder, *WORDS)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_stage_1_is_trained_once(folder):
    results = [json.loads((folder / name / "results.json").read_text()) for name in (FIRST, SECOND)]
    first, second = (result["stages"]["perceptual"] for result in results)

    assert first["seconds"] == second["seconds"] > 0  # the same training
    assert first["evaluation"] == second["evaluation"]


@pytest.mark.slow
def test_stage_2_is_what_it_would_be_after_a_stage_1_of_its_own(folder, photos, tmp_path):
    alone = tmp_path / "alone"
    only = "objective.temporal.terms.output.weight=300"
    done = sweep(photos, alone, *(only if only[:-3] in word else word for word in WORDS))
    assert done.returncode == 0, done.stderr
    (run,) = (each for each in alone.iterdir() if (each / "results.json").is_file())

    for stage in ("perceptual", "temporal"):
        ours, theirs = (
            torch.load(path / stage / "last.ckpt", weights_only=True)["state_dict"]
            for path in (folder / SECOND, run)
        )
        assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
