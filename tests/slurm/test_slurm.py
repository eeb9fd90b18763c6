"""Runs through a real Slurm: as a multirun and as a sweep, killed, requeued, left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from kunster.sweep.grid import read_grid
from kunster.sweep.jobs import Job, start
from kunster.sweep.launcher import choose_launcher
from kunster.sweep.points import compose_points

from ..random_networks import describe
from ..small_runs import (
    FIRST,
    ROOT,
    begin,
    run_short,
    small_photos,
    small_run,
    small_sweep,
    wait_for,
)
from .cluster import cluster, missing

pytestmark = pytest.mark.slow

JOB = ["hydra/launcher=slurm", "hydra.launcher.cpus_per_task=1", "hydra.launcher.mem_gb=1"]
TWO = ["alpha=0.125", "beta=0.5,0.75"]
STEPS = [
    *(FIRST, "threads=1", "objective.perceptual.steps=40"),
    *("callbacks.checkpoint.every_n_train_steps=10", "export.enabled=false"),
]


@pytest.fixture(scope="module")
def slurm():
    """The environment variables that lead to a Slurm of its own."""
    if missing():
        pytest.skip(missing())
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher")
    with cluster() as variables:
        yield variables


@pytest.fixture
def photos(tmp_path):
    (tmp_path / "photos").mkdir()
    return small_photos(tmp_path / "photos")


@pytest.fixture
def swept(slurm, photos, tmp_path):
    """The folder of a sweep of two runs that nothing disturbed."""
    folder = tmp_path / "sweep"
    done = run_short(*small_sweep(photos, folder, *JOB, *TWO, *STEPS), **slurm)
    assert done.returncode == 0, done.stderr
    for log in (folder / "logs").iterdir():
        assert log.read_text().startswith("Submitted batch job")
    return folder


@pytest.fixture
def job(slurm, tmp_path, monkeypatch):
    """Starts `program` as a run of a sweep; what has not ended by the end is stopped."""
    for name, value in slurm.items():
        monkeypatch.setenv(name, value)
    table2 = ROOT / "sweeps" / "table2.yaml"
    (point,) = compose_points(read_grid(table2, ["alpha=0.25", "beta=0.5"]))

    launchers, started = [], []

    def start_it(program: str, *overrides: str) -> Job:
        launchers.append(choose_launcher(read_grid(table2, [*JOB, *overrides])))
        started.append(start(tmp_path, point, launchers[-1], (sys.executable, "-c", program)))
        return started[-1]

    yield start_it
    for launcher, one in zip(launchers, started, strict=True):
        launcher.stop({tmp_path / point.name: one.process})
        assert one.process.returncode is not None
    wait_until(lambda: states(slurm) == [])  # one of another test may still be ending


def ask(slurm: dict[str, str], *words: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, **slurm}
    return subprocess.run(words, capture_output=True, text=True, env=environment)


def states(slurm: dict[str, str]) -> list[str]:
    """Of all jobs that have not ended, with what they wait for."""
    return sorted(ask(slurm, "squeue", "--noheader", "--format=%T %r").stdout.splitlines())


def wait_until(so) -> None:
    deadline = time.monotonic() + 240  # a busy machine starts jobs slowly
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def training_process(slurm: dict[str, str], task: int) -> tuple[int, str]:
    """The process that trains a task of an array, and the number of its job."""
    wanted = {f"SLURM_CONF={slurm['SLURM_CONF']}".encode(), b"SLURM_ARRAY_TASK_ID=%d" % task}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes().split(b"\0")
            variables = (path / "environ").read_bytes().split(b"\0")
        except OSError:  # it has just ended
            continue
        if words[0] == sys.executable.encode() and wanted <= {*variables}:
            number = next(each for each in variables if each.startswith(b"SLURM_JOB_ID="))
            return int(path.name), number.decode().removeprefix("SLURM_JOB_ID=")
    raise LookupError(f"no process of task {task}")


def weights(folder: Path) -> dict[str, torch.Tensor]:
    checkpoint = torch.load(folder / "perceptual" / "last.ckpt", weights_only=True)
    assert checkpoint["global_step"] == 40
    return checkpoint["state_dict"]


def test_a_run_killed_and_requeued_ends_as_if_it_had_not_been(slurm, swept, photos, tmp_path):
    folder = tmp_path / "multirun"
    words = small_run(photos, *JOB, *TWO, *STEPS, "network=kunster", f"hydra.sweep.dir={folder}")
    multirun = begin(*words[:3], "--multirun", *words[3:], said=tmp_path, **slurm)
    try:
        checkpoint = folder / "a0.125_b0.75" / "perceptual" / "last.ckpt"
        wait_for(checkpoint, multirun)
        process, number = training_process(slurm, 1)
        os.kill(process, signal.SIGKILL)
        assert 10 <= torch.load(checkpoint, weights_only=True)["global_step"] < 40
        assert ask(slurm, "scontrol", "requeue", number).returncode == 0
        multirun.join(240)
    finally:
        multirun.kill()  # it would wait for ever for a job that is gone
    assert multirun.exitcode == 0, (tmp_path / "stderr").read_text()
    (log,) = folder.glob(".submitit/*_1/*.err")
    assert log.read_text().count("of Table II") == 2  # as a run begins
    for beta in ("0.5", "0.75"):
        expected, found = weights(swept / f"b{beta}"), weights(folder / f"a0.125_b{beta}")
        assert expected.keys() == found.keys()
        for name, tensor in expected.items():
            assert torch.equal(tensor, found[name]), (beta, name)


def test_a_job_that_its_sweep_left_behind_is_not_joined(slurm, job):
    first = job("import time; time.sleep(600)")
    wait_until(lambda: states(slurm) == ["RUNNING None"])
    first.process.kill()  # a login node that went down takes this one too, and the lock with it
    first.process.wait()
    job("import time; time.sleep(600)")
    waits = ["PENDING Dependency", "RUNNING None"]
    wait_until(lambda: states(slurm) == waits)
    for _ in range(20):
        assert states(slurm) == waits
        time.sleep(0.1)


def test_a_job_near_the_end_of_its_time_is_requeued_and_still_waited_for(slurm, job, tmp_path):
    once = tmp_path / "once"
    one = job(
        f"import os, pathlib, sys, time; once = pathlib.Path({str(once)!r});"
        "sys.exit(os.environ['SLURM_RESTART_COUNT'] != '1') if once.exists() else once.touch();"
        "time.sleep(60)"
    )
    wait_for(once, one.process)
    # what Slurm does signal_delay_s before the time is up, a minute from now at the least
    ask(slurm, "scancel", "--me", "--batch", "--signal=USR1")
    assert one.process.wait(timeout=60) == 0, one.reason()


def test_two_tasks_of_a_job_end_where_one_process_does(slurm, photos, tmp_path):
    few = ["objective.perceptual.steps=4", "callbacks.checkpoint.every_n_train_steps=4"]
    # with its own 1e-8 Adam makes whole steps of rounding errors where a gradient is 0
    shared = [*STEPS, *few, "alpha=0.125", "+objective.perceptual.optimizer.eps=200"]
    one = run_short(*small_run(photos, *shared, f"hydra.run.dir={tmp_path / 'one'}"))
    assert one.returncode == 0, one.stderr
    tasks = ["hydra.launcher.tasks_per_node=2", "trainer=ddp", "trainer.devices=2"]
    more = ["trainer.accelerator=cpu", "clips.batch=2", f"hydra.sweep.dir={tmp_path}"]
    words = small_run(photos, *JOB, *shared, *tasks, *more, "hydra.sweep.subdir=two")
    two = run_short(*words[:3], "--multirun", *words[3:], **slurm)
    assert two.returncode == 0, two.stderr
    logs = [path.read_text() for path in tmp_path.glob(".submitit/*/*.err")]
    assert sorted(log.count("of Table II") for log in logs) == [0, 1]  # one of the two reports
    expected, found = (
        torch.load(tmp_path / name / "perceptual" / "last.ckpt", weights_only=True)["state_dict"]
        for name in ("one", "two")
    )
    assert expected.keys() == found.keys()
    torch.manual_seed(0)
    begun = describe(alpha=0.125).build().state_dict()
    moved = [(expected[f"network.{name}"] - start).abs().max() for name, start in begun.items()]
    assert max(moved) > 1e-3
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, rtol=0, atol=3e-5, msg=name)


def test_what_slurm_refuses_is_the_reason(job):
    refused = job("pass", "hydra.launcher.partition=nowhere")
    assert refused.process.wait() != 0
    assert "Invalid partition" in refused.reason()
