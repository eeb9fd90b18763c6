"""A sweep of runs that only pretend to train: what is done once, twice, or not at all."""

import json
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from kunster.errors import UserError
from kunster.sweep.folder import finished, open_sweep
from kunster.sweep.grid import read_grid
from kunster.sweep.jobs import start
from kunster.sweep.launcher import Here
from kunster.sweep.orchestra import Orchestra
from kunster.sweep.points import compose_points

TABLE2 = Path(__file__).parents[2] / "sweeps" / "table2.yaml"
# takes the words of kunster.run; leaves what a run leaves, and a line for every time it was asked
PRETEND = """
import filelock, json, pathlib, sys, time, yaml
words = dict(word.lstrip("+").split("=", 1) for word in sys.argv[1:])
folder = pathlib.Path(words["hydra.run.dir"].strip("'"))
config = yaml.safe_load((folder.parent / "configs" / f"{folder.name}.yaml").read_text())
folder.mkdir(exist_ok=True)
lock = filelock.FileLock(folder / ".lock")
lock.acquire()
(folder / "config.yaml").write_text(yaml.safe_dump(config))
asked = folder.parent / "asked.txt"
with asked.open("a") as file:
    file.write(folder.name + "\\n")
while (folder.parent / "meet").exists() and len(asked.read_text().split()) < 3:
    time.sleep(0.01)
if words["beta"] == "0.75" and not (folder.parent / "mended").exists():
    sys.exit("the loss is not a number")
if (folder.parent / "slow").exists():
    time.sleep(60)
for stage in ("perceptual", "temporal"):
    (folder / stage).mkdir(exist_ok=True)
    for file in ("last.ckpt", "preview.png"):
        (folder / stage / file).touch()
if words["beta"] == "0.5" and (folder.parent / "half").exists():
    (folder / "temporal" / "last.ckpt").unlink()
stages = {"perceptual": {"seconds": 1}, "temporal": {"seconds": 1}}
(folder / "results.json").write_text(json.dumps({"stages": stages}))
"""


@pytest.fixture(scope="module")
def points():
    overrides = ["alpha=0.25", "export.enabled=false", "logger=csv"]
    return compose_points(read_grid(TABLE2, overrides))


@pytest.fixture
def sweep(points, tmp_path):
    """Three points, and how to play them."""
    program = tmp_path / "pretend.py"
    program.write_text(PRETEND)
    folder = tmp_path / "sweep"
    open_sweep(folder, points)

    def play(slots: int = 1, launcher: type[Here] = Here) -> Orchestra:
        orchestra = Orchestra(folder, points, launcher(slots), (sys.executable, str(program)))
        orchestra.play(Console(file=StringIO()))
        return orchestra

    return folder, points, play


def asked(folder: Path) -> list[str]:
    return (folder / "asked.txt").read_text().split()


@pytest.mark.parametrize("slots", [1, 3])
def test_one_that_fails_stops_no_other_and_is_all_that_is_done_again(sweep, slots):
    folder, points, play = sweep
    assert play(slots).failures == {"b0.75": "the loss is not a number"}
    assert sorted(asked(folder)) == ["b0.5", "b0.75", "b1"]
    (folder / "mended").touch()
    assert play(slots).failures == {}
    assert sorted(asked(folder)) == ["b0.5", "b0.75", "b0.75", "b1"]
    assert all(finished(folder, point) for point in points)
    play(slots)
    assert len(asked(folder)) == 4


def test_as_many_train_at_once_as_there_are_slots(sweep):
    folder, points, play = sweep
    (folder / "mended").touch()
    (folder / "meet").touch()  # each waits until all three are at work
    assert play(3).failures == {}
    assert all(finished(folder, point) for point in points)


def test_one_that_says_it_is_complete_and_is_not_has_failed_and_stops_no_other(sweep):
    folder, points, play = sweep
    (folder / "mended").touch()
    (folder / "half").touch()
    failures = play(3).failures
    missing = "temporal/last.ckpt is missing: delete"
    assert failures == {"b0.5": f"{folder / 'b0.5'}: {missing} {folder / 'b0.5'} to train it again"}
    assert all(finished(folder, point) for point in points if point.name != "b0.5")


@pytest.mark.parametrize("error", [UserError("the disk is full"), RuntimeError("a bug")])
def test_an_error_of_the_sweep_ends_the_runs_that_are_on(sweep, monkeypatch, error):
    folder, points, play = sweep
    (folder / "slow").touch()
    stopped = []

    class Stopping(Here):
        def stop(self, processes):
            for place, process in processes.items():
                process.kill()
                stopped.append((place.name, process.wait()))

    def refuses(folder, point, points):
        if point is points[1]:
            raise error

    monkeypatch.setattr("kunster.sweep.orchestra.take_over", refuses)
    with pytest.raises(type(error)) as raised:
        play(3, Stopping)
    assert raised.value is error
    assert stopped == [(points[0].name, -signal.SIGKILL)]


def test_a_run_that_a_killed_sweep_left_behind_is_waited_for(sweep, tmp_path):
    folder, points, play = sweep
    (folder / "mended").touch()
    (folder / "slow").touch()
    words = [*points[0].overrides, f"hydra.run.dir={folder / points[0].name}"]
    orphan = subprocess.Popen([sys.executable, str(tmp_path / "pretend.py"), *words])
    while not (folder / "asked.txt").exists():
        time.sleep(0.01)
    (folder / "slow").unlink()
    assert start(folder, points[0], Here()) is None
    orphan.kill()
    orphan.wait()
    assert play().failures == {}


def test_what_was_edited_or_half_deleted_is_refused_and_kept(sweep):
    folder, points, play = sweep
    (folder / "mended").touch()
    play()
    run = folder / points[0].name
    (run / "temporal" / "last.ckpt").unlink()
    with pytest.raises(UserError, match=r"temporal/last.ckpt is missing"):
        open_sweep(folder, points)
    (run / "temporal" / "last.ckpt").touch()
    (run / "results.json").write_text("{")
    with pytest.raises(UserError, match="not readable"):
        open_sweep(folder, points)
    (run / "results.json").write_text(json.dumps({"stages": {}}))
    config = run / "config.yaml"
    config.write_text(config.read_text().replace("seed: 0", "seed: 7"))
    with pytest.raises(UserError, match="not what this sweep runs"):
        open_sweep(folder, points)
    assert "seed: 7" in config.read_text()


def test_another_sweep_or_anything_else_is_not_overwritten(sweep, tmp_path):
    folder, _, _ = sweep
    others = compose_points(read_grid(TABLE2, ["alpha=0.5", "export.enabled=false"]))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(UserError, match="holds another sweep"):
        open_sweep(folder, others)
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "photo.jpg").touch()
    with pytest.raises(UserError, match="is not empty"):
        open_sweep(tmp_path / "mine", others)
