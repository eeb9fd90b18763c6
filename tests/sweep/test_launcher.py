"""Which launcher a sweep gets, and the shell script that a job of Slurm is."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kunster.errors import UserError
from kunster.sweep.grid import read_grid
from kunster.sweep.launcher import Here, choose_launcher
from kunster.sweep.slurm import Slurm

TABLE2 = Path(__file__).parents[2] / "sweeps" / "table2.yaml"
# stands where the run does: says that it is there, and lasts until told to end
RUN = "import pathlib, sys, time; pathlib.Path('begun').touch(); time.sleep({}); sys.exit(3)"


def chosen(*overrides: str):
    return choose_launcher(read_grid(TABLE2, overrides))


def program(folder: Path, name: str, *lines: str) -> None:
    path = folder / name
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)


@pytest.fixture
def slurm() -> Slurm:
    """The launcher of the shipped configuration."""
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher")
    return chosen("hydra/launcher=slurm", "hydra.launcher.max_num_timeout=1")


def test_one_at_a_time_unless_told(eight_cores):
    assert chosen() == Here(1)
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    assert chosen("hydra/launcher=joblib", "hydra.launcher.n_jobs=3") == Here(3)
    assert chosen("hydra/launcher=joblib", "hydra.launcher.n_jobs=-1").slots == 8


def test_several_at_once_share_what_there_is_of_the_processor(eight_cores):
    assert Here(3).environment()["OMP_NUM_THREADS"] == "2"
    assert Here(20).environment()["OMP_NUM_THREADS"] == "1"
    assert Here().environment() == dict(os.environ)


def test_slurm_needs_an_sbatch(monkeypatch, tmp_path):
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="no sbatch here"):
        chosen("hydra/launcher=slurm").check()


def test_a_job_has_the_name_of_its_folder_and_no_others(slurm, tmp_path):
    def name(folder):
        words = slurm.command(["true"], folder, tmp_path / "log")
        return next(word for word in words if word.startswith("--job-name="))

    here, there = tmp_path / "here" / "a1_b1", tmp_path / "there" / "a1_b1"
    assert name(here) == name(here) != name(there)
    assert "a1_b1" in name(here)


def job(slurm: Slurm, folder: Path, seconds: float, **variables: str) -> subprocess.Popen:
    """The script that Slurm would run on a node, running here."""
    command = slurm.command([sys.executable, "-c", RUN.format(seconds)], folder, folder / "log")
    (script,) = [word.removeprefix("--wrap=") for word in command if word.startswith("--wrap=")]
    program(folder, "scontrol", 'echo "$@" >> asked')
    path = os.pathsep.join([str(folder), os.environ["PATH"]])
    environment = {
        **os.environ,
        "PATH": path,
        "SLURM_JOB_ID": "7",
        "SLURM_CPUS_ON_NODE": "2",
        **variables,
    }
    process = subprocess.Popen([shutil.which("sh"), "-c", script], cwd=folder, env=environment)
    while not (folder / "begun").exists():
        assert process.poll() is None
        time.sleep(0.01)
    return process


def test_a_job_ends_with_the_code_of_its_run(slurm, tmp_path):
    assert job(slurm, tmp_path, seconds=0).wait() == 3


def test_a_job_that_is_out_of_time_asks_to_be_requeued_and_lets_the_run_go_on(slurm, tmp_path):
    process = job(slurm, tmp_path, seconds=2)
    process.send_signal(signal.SIGUSR1)
    assert process.wait() == 3
    assert (tmp_path / "asked").read_text() == "requeue 7\n"


def test_a_job_that_was_out_of_time_too_often_does_not(slurm, tmp_path):
    process = job(slurm, tmp_path, seconds=1, SLURM_RESTART_COUNT="1")
    process.send_signal(signal.SIGUSR1)
    assert process.wait() == 3
    assert not (tmp_path / "asked").exists()
