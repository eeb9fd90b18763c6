"""Runs that are told to stop: they say how to go on, unless someone else answers for them."""

import json
import os
import signal

import pytest

from ..small_runs import FIRST, begin, run_short, small_run, wait_for

STEPS = ["objective.perceptual.steps=40", "callbacks.checkpoint.every_n_train_steps=5"]


@pytest.fixture
def words(photos, tmp_path):
    return small_run(photos, FIRST, "export.enabled=false", f"hydra.run.dir={tmp_path / 'run'}")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_130_and_the_same_command_goes_on(words, tmp_path, number):
    folder = tmp_path / "run"
    process = begin(*words, *STEPS, said=tmp_path)
    wait_for(folder / "perceptual" / "last.ckpt", process)
    os.kill(process.pid, number)
    process.join()
    said = (tmp_path / "stderr").read_text()
    assert process.exitcode == 130, said
    assert "the same command with resume=true goes on" in said
    assert "Traceback" not in said
    assert not (folder / "results.json").exists()
    assert run_short(*words, *STEPS, "resume=true").returncode == 0
    assert json.loads((folder / "results.json").read_text())["stages"]["perceptual"]["steps"] == 40


@pytest.mark.slow
def test_a_signal_that_someone_handles_already_does_not_end_it(words, tmp_path):
    handling = [*words[:2], "tests.run.handling", *words[3:]]
    process = begin(*handling, *STEPS, said=tmp_path)
    wait_for(tmp_path / "run" / "perceptual" / "last.ckpt", process)
    os.kill(process.pid, signal.SIGTERM)
    process.join()
    said = (tmp_path / "stderr").read_text()
    assert process.exitcode == 0, said
    assert "handled" in said
    assert (tmp_path / "run" / "results.json").exists()


@pytest.mark.slow
def test_what_slurm_starts_again_goes_on_even_where_it_was_to_overwrite(words, tmp_path):
    folder = tmp_path / "run"
    short = ["objective.perceptual.steps=2", "overwrite=true"]
    assert run_short(*words, *short).returncode == 0
    note = folder / "perceptual" / "note.txt"
    note.touch()
    requeued = run_short(*words, *short, SLURM_RESTART_COUNT="1")
    assert requeued.returncode == 0, requeued.stderr
    assert note.exists()
    assert run_short(*words, *short).returncode == 0
    assert not note.exists()
