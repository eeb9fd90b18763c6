from pathlib import Path
from typing import ClassVar

import pytest
import torch

from kunster.networks.arithmetic import flop_a_pixel
from kunster.sweep import minutes
from kunster.sweep.grid import read_grid
from kunster.sweep.minutes import between, expected_minutes, to_time
from kunster.sweep.points import Point, compose_points

TABLE2 = Path(__file__).parents[2] / "sweeps" / "table2.yaml"


class Linear:
    """A run whose stages take a minute, and a second for each multiply-add of a pixel.

    Attributes:
        timed: runs and stages, as they were timed.
    """

    timed: ClassVar[list[tuple[str, str]]]
    sizes: ClassVar[dict[str, float]]

    def __init__(self, config, folder: Path) -> None:
        self.name = folder.name

    def stage(self, stage: str, sample_size: int) -> str:
        self.timed.append((self.name, stage))
        return stage

    def seconds(self, stage: str) -> float:
        return 60 + self.sizes[self.name]


def points_of(monkeypatch, *words: str) -> list[Point]:
    points = compose_points(read_grid(TABLE2, [*words]))
    Linear.timed = []
    Linear.sizes = {point.name: flop_a_pixel(point.description) / 2 for point in points}
    monkeypatch.setattr(minutes, "Run", Linear)
    monkeypatch.setattr(minutes, "expected_seconds", Linear.seconds)
    return points


def test_a_stage_1_that_runs_share_is_counted_once(monkeypatch, capsys):
    words = ("alpha=0.125", "beta=0.5", "objective.temporal.terms.output.weight=1,2")
    points = points_of(monkeypatch, *words)
    size = Linear.sizes[points[0].name]
    assert expected_minutes(points, 1) == pytest.approx([2 * (1 + size / 60), 1 + size / 60])
    assert len(Linear.timed) == 3
    assert capsys.readouterr().err.startswith("timing a few steps of 2 of 2 runs\n")


def test_three_sizes_are_timed_and_the_others_lie_between_them(monkeypatch, capsys):
    points = points_of(monkeypatch, "beta=0.5")
    found = expected_minutes(points, 1)
    assert found == pytest.approx([2 * (1 + size / 60) for size in Linear.sizes.values()])
    stages = ("perceptual", "temporal")
    assert Linear.timed == [(run, stage) for run in ("a0.125", "a0.5", "a1") for stage in stages]
    said = "timing a few steps of 3 of 5 runs, the others by their multiply-adds\n"
    assert capsys.readouterr().err.startswith(said)


def test_between_known_sizes_seconds_are_linear():
    known = {30.0: 7.0, 10.0: 1.0, 20.0: 2.0}
    assert [between(known, size) for size in (10, 12, 20, 25, 30)] == [1, 1.2, 2, 4.5, 7]


def test_up_to_three_are_timed():
    assert to_time({4: 9.0}) == [4]
    assert to_time({4: 9.0, 5: 1.0}) == [5, 4]
    assert to_time({4: 9.0, 5: 1.0, 6: 5.0, 7: 4.0, 8: 2.0}) == [5, 7, 4]


def test_runs_at_once_are_timed_with_their_share_of_what_there_is(eight_cores, monkeypatch):
    threads = []
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    expected_minutes([], 3)
    assert threads == [2]
