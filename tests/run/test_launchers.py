"""Several runs of one command: at once, one failing, and where the launcher is not there."""

import sys

import pytest

from ..small_runs import FIRST, run_short, small_run, small_sweep

QUICK = [FIRST, "objective.perceptual.steps=2", "export.enabled=false"]


@pytest.fixture
def multirun(photos, tmp_path):
    command = small_run(photos, *QUICK, f"hydra.sweep.dir={tmp_path / 'runs'}")
    return [*command[:3], "--multirun", *command[3:]]


@pytest.fixture
def sweep(photos, tmp_path):
    return small_sweep(photos, tmp_path / "runs", *QUICK)


@pytest.mark.slow
def test_joblib_trains_two_at_once(multirun, tmp_path):
    launcher = ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
    (tmp_path / "meeting").mkdir()
    meet = {"_target_": "tests.run.extensions.Meet", "runs": 2, "place": tmp_path / "meeting"}
    launcher += [f"+callbacks.meet.{name}={value}" for name, value in meet.items()]
    done = run_short(*multirun, *launcher, "alpha=0.125,0.25", "beta=0.5")
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("runs/*/results.json"))) == 2


def test_one_that_fails_stops_no_other(multirun, tmp_path):
    done = run_short(*multirun, "alpha=0.3,0.125")
    assert done.returncode == 2, done.stderr
    assert f"{tmp_path / 'runs' / 'a0.3_b0.5'}: alpha=0.3: 32, 48 and 64 times alpha" in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "runs" / "a0.125_b0.5" / "results.json").is_file()


@pytest.mark.parametrize(
    ("launcher", "name", "command"),
    [("joblib", "joblib", "multirun"), ("slurm", "submitit_slurm", "sweep")],
)
def test_a_launcher_that_is_not_installed_is_named(launcher, name, command, tmp_path, request):
    python, dash_m, verb, *words = request.getfixturevalue(command)
    words = [*words, f"hydra/launcher={launcher}", "alpha=0.125,0.25"]
    refused = run_short(python, dash_m, "tests.run.without", name, verb, *words)
    assert refused.returncode == 2
    assert refused.stderr.splitlines() == [
        f"hydra/launcher={launcher} needs more packages: "
        f"{sys.executable} -m pip install 'kunster[launchers]'"
    ]
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(("command", "misses"), [("multirun", "srun"), ("sweep", "sbatch")])
def test_a_machine_without_slurm_is_told_so(command, misses, tmp_path, request):
    words = request.getfixturevalue(command)
    refused = run_short(*words, "hydra/launcher=slurm", "alpha=0.125,0.25", PATH=str(tmp_path))
    assert refused.returncode == 2
    assert misses in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not list(tmp_path.glob("runs/*/config.yaml"))
