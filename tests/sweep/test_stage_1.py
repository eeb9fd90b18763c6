"""Runs that differ in stage 2 alone: one trains stage 1, the others go on from it."""

import json
from io import StringIO

import torch
from rich.console import Console

from kunster.sweep.folder import open_sweep
from kunster.sweep.grid import read_grid
from kunster.sweep.orchestra import Orchestra
from kunster.sweep.points import compose_points

from ..small_runs import ROOT, SMALL, trained
from .small_sweep import WORDS, InThisProcess

STEPS = [
    *("alpha=0.125", "stages=[perceptual,temporal]", "logger=csv", "export.enabled=false"),
    *("objective.perceptual.steps=4", "objective.temporal.steps=4"),
]
WEIGHT = "objective.temporal.terms.output.weight"


def test_one_trains_stage_1_and_the_other_goes_on_from_it(photos, tmp_path, monkeypatch):
    monkeypatch.setenv("KUNSTER_CACHE", str(ROOT / ".test-cache"))
    folder = tmp_path / "shared"
    words = [*SMALL, f"photos.path={photos}", *WORDS, *STEPS, f"{WEIGHT}=1,300"]
    points = compose_points(read_grid(ROOT / "sweeps" / "table2.yaml", words))
    open_sweep(folder, points)
    orchestra = Orchestra(folder, points, InThisProcess())
    orchestra.play(Console(file=StringIO()))
    assert orchestra.failures == {}
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
