"""The command as a user types it, on networks that train for seconds."""

import json
import os
import signal
from contextlib import suppress
from io import StringIO
from pathlib import Path

import pytest
import torch
from rich.console import Console

from kunster.data.photos import folder_photos
from kunster.errors import UserError
from kunster.sweep.__main__ import main
from kunster.sweep.folder import open_sweep
from kunster.sweep.grid import read_grid
from kunster.sweep.orchestra import Orchestra
from kunster.sweep.points import compose_points

from ..offline_runs import OfflineRun, offline_run
from ..small_runs import ROOT, begin, processes_in, trained, wait_for
from .small_sweep import WORDS, InThisProcess, command, short_sweep

NO_EXPORT = "export.enabled=false"
PLAIN = "network=kunster"  # as the sweep file has it


def check_wandb(folder: Path) -> None:
    """The runs of a sweep stand side by side: a group, and each key at the same steps."""
    runs = [offline_run(folder / name / "perceptual") for name in ("a0.25", "a0.125")]
    assert [run.run["run_group"] for run in runs] == [folder.name] * 2
    assert [run.run["display_name"] for run in runs] == ["a0.25 stage 1", "a0.125 stage 1"]
    assert [run.config["id"] for run in runs] == [14, 15]
    tags = [["id14", "scream", "stage 1"], ["id15", "scream", "stage 1"]]
    assert [sorted(run.run["tags"]) for run in runs] == tags
    first, second = ({key: seen(run, key) for key in run.keys if "/" in key} for run in runs)
    assert first == second
    assert first["preview/coffee"] == [10, 20]
    assert first["train/style"] == [10, 20]
    assert first["stylized/coffee"] == [20]


def seen(run: OfflineRun, key: str) -> list[int]:
    """The steps at which something was logged under a key."""
    return [step for step, row in run.history.items() if key in row or f"{key}._type" in row]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks processes up in /proc")
def test_killed_in_its_second_run_it_ends_as_if_it_had_not_been(photos, tmp_path, monkeypatch):
    monkeypatch.setenv("KUNSTER_CACHE", str(ROOT / ".test-cache"))
    whole, broken = tmp_path / "whole", tmp_path / "broken, once (sweep)"
    for alpha in (0.25, 0.125):
        words = (*WORDS, "logger=csv", PLAIN, NO_EXPORT, f"alpha={alpha}")
        trained(photos, whole / f"a{alpha}", *words)
    (tmp_path / "said").mkdir()
    words = command(photos, broken, NO_EXPORT)[6:]
    points = compose_points(read_grid(ROOT / "sweeps" / "table2.yaml", words))
    open_sweep(broken, points)
    Orchestra(broken, points[:1], InThisProcess()).play(Console(file=StringIO()))
    killed = begin(*command(photos, broken, NO_EXPORT), said=tmp_path / "said")
    wait_for(broken / "a0.125" / "perceptual" / "last.ckpt", killed)
    for process in [killed.pid, *processes_in(broken)]:  # as a machine that goes down would
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    killed.join()
    whole_already = (broken / "a0.25" / "perceptual" / "last.ckpt").stat().st_mtime_ns
    again = short_sweep(photos, broken, NO_EXPORT)
    assert again.returncode == 0, again.stderr
    assert (broken / "a0.25" / "perceptual" / "last.ckpt").stat().st_mtime_ns == whole_already
    assert "15,195" in again.stdout
    assert "3,999" in again.stdout
    for name in ("a0.25", "a0.125"):
        ours, theirs = (
            torch.load(folder / name / "perceptual" / "last.ckpt", weights_only=True)["state_dict"]
            for folder in (broken, whole)
        )
        assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
        first, second = (
            json.loads((folder / name / "results.json").read_text())["stages"]["perceptual"]
            for folder in (broken, whole)
        )
        assert first["evaluation"] == second["evaluation"]
    check_wandb(broken)


def test_dry_run_lists_and_writes_nothing(photos, tmp_path):
    done = short_sweep(photos, tmp_path / "none", "--dry-run", "objective.perceptual.steps=100000")
    assert done.returncode == 0, done.stderr
    _, first, second, whole = filter(None, map(str.split, done.stdout.splitlines()))
    assert (first[:2], second[:2]) == (["14", "a0.25"], ["15", "a0.125"])
    assert all(float(row[-1]) > 0 for row in (first, second))  # minutes
    assert " ".join(whole).startswith("2 runs: about")
    said = done.stderr.splitlines()  # at once, and without a terminal too
    assert said[0] == "sweeps/table2.yaml: composing its runs"
    assert said[1] == "timing a few steps of 2 of 2 runs"
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [(["alpha=0.3"], "alpha=0.3"), (["--fold"], "--fold"), (["hydra/launcher=none"], "none")],
)
def test_mistakes_get_one_line_and_exit_code_2(photos, tmp_path, words, says):
    done = short_sweep(photos, tmp_path / "none", *words)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "none").exists()


def test_a_dry_run_fetches_nothing_and_says_what_has_to_be(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KUNSTER_DATA", str(tmp_path))
    assert main(["table2", "alpha=0.25", "beta=0.5", "assets=paper", "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "15,195" in lines[1]
    assert lines[1].split()[-1] == "–"
    said = "1 runs; their minutes are timed after kunster fetch coco_train vgg16 sintel"
    assert lines[-1] == said
    assert not [*tmp_path.iterdir()]


def test_a_dry_run_says_in_a_line_what_is_not_there(photos, tmp_path):
    with pytest.raises(UserError) as refused:
        folder_photos("/nowhere")
    done = short_sweep(photos, tmp_path / "none", "--dry-run", "photos.path=/nowhere")
    assert done.returncode == 2, done.stderr
    assert done.stderr.splitlines()[-1] == str(refused.value)
    assert "Traceback" not in done.stderr
