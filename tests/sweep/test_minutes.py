from pathlib import Path

import torch

from kunster.sweep.grid import read_grid
from kunster.sweep.minutes import expected_minutes
from kunster.sweep.points import compose_points

TABLE2 = Path(__file__).parents[2] / "sweeps" / "table2.yaml"


def test_a_stage_1_that_runs_share_is_counted_once(photos, monkeypatch, capsys):
    monkeypatch.setenv("KUNSTER_CACHE", str(photos.parent / "cache"))
    words = [
        *("alpha=0.125", "beta=0.5", "photos=folder", f"photos.path={photos}"),
        *("clips.size=[64,64]", "perceptual._target_=tests.thin_vgg.thin_vgg"),
        *("photos.size=64", "objective.perceptual.steps=100000"),
        *("objective.temporal.steps=1", "objective.temporal.terms.output.weight=1,2"),
    ]
    points = compose_points(read_grid(TABLE2, words))

    first, second = expected_minutes(points, 1)

    assert 0 < second < first / 100
    assert capsys.readouterr().err.startswith("timing a few steps of each of 2 runs")


def test_runs_at_once_are_timed_with_their_share_of_what_there_is(eight_cores, monkeypatch):
    threads = []
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    expected_minutes([], 3)
    assert threads == [2]
