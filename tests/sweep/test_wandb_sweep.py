"""The grid as a sweep of W&B: what its agent starts, told by the agent itself."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from kunster.files.conf import CONF
from kunster.results.identity import identity
from kunster.run.configuration import register_resolvers, resolved
from kunster.run.settings import check_config
from kunster.sweep.grid import read_grid
from kunster.sweep.points import compose_points

from ..loggers.backend import serving
from ..small_runs import ROOT, SMALL, small_photos
from .wandb_sweep import SWEEP, SweepBackend

FILE = ROOT / "sweeps" / "wandb_table2.yaml"


@pytest.fixture
def command_of(monkeypatch, tmp_path):
    """The command that W&B's agent starts for a run's id and the values of its parameters."""
    from wandb import wandb_agent

    monkeypatch.setattr(wandb_agent, "AgentProcess", SimpleNamespace)  # keeps what it is given
    for name in ("WANDB_RUN_ID", "WANDB_SWEEP_PARAM_PATH"):
        monkeypatch.setenv(name, "")  # the agent sets them; gone when the test is over
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    monkeypatch.setenv("WANDB_SWEEP_ID", SWEEP)
    agent = wandb_agent.Agent(api=None, queue=None, sweep_id=SWEEP)
    agent._sweep_command = yaml.safe_load(FILE.read_text())["command"]

    def ask(name: str, **values: float) -> list[str]:
        args = {key: {"value": value} for key, value in values.items()}
        agent._command_run({"run_id": name, "program": "kunster.run", "args": args})
        return agent._run_processes[name].command

    return ask


def test_the_agent_starts_the_runs_of_table_2_each_in_a_folder_of_its_own(command_of):
    """One of the 15, twice; both files name the same 15: tests/run/test_configurations.py."""
    register_resolvers()
    found, folders = [], set()
    for name in ("one", "two"):
        command = command_of(name, alpha=0.125, beta=0.5)
        assert command[:4] == ["/usr/bin/env", "python", "-m", "kunster.run"]
        with initialize_config_dir(str(CONF), version_base="1.3"):
            whole = compose("config", command[4:], return_hydra_config=True)
        folders.add(whole.hydra.run.dir)
        OmegaConf.set_struct(whole, False)
        del whole["hydra"]
        settings = resolved(whole)
        assert settings["logger"]["wandb"].pop("mode") == "online"  # for which there is no account
        found.append(identity(check_config(settings)[0]))
    assert len(folders) == 2
    point = ["alpha=0.125", "beta=0.5"]
    (ours,) = compose_points(read_grid(FILE.with_name("table2.yaml"), point))
    assert found == [ours.identity] * 2


def wandb(*words: str, backend: SweepBackend, folder: Path) -> subprocess.CompletedProcess:
    environment = {name: value for name, value in os.environ.items() if "WANDB" not in name}
    environment |= {
        **{"WANDB_BASE_URL": backend.url, "WANDB_API_KEY": "0" * 40, "HOME": str(folder)},
        **{"KUNSTER_CACHE": str(folder / "cache"), "PYTHONPATH": str(ROOT)},
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    return subprocess.run(
        [sys.executable, "-m", "wandb", *words],
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder,
        timeout=240,  # W&B tries again for hours when the server does not answer
    )


@pytest.mark.slow
def test_the_agent_trains_a_point_and_each_stage_is_a_run_of_its_own(tmp_path):
    (tmp_path / "photos").mkdir()
    settings = [
        *(*SMALL, f"photos.path={small_photos(tmp_path / 'photos')}", "export.enabled=false"),
        *("objective.perceptual.steps=2", "objective.temporal.steps=2", "logger=wandb"),
    ]
    point = {"alpha": 0.125, "beta": 0.5, **dict(word.split("=", 1) for word in settings)}
    backend = SweepBackend(("one", point))
    with serving(backend):
        sent = wandb("sweep", str(FILE), backend=backend, folder=tmp_path)
        assert sent.returncode == 0, sent.stderr
        assert yaml.safe_load(backend.config) == yaml.safe_load(FILE.read_text())
        agent = wandb("agent", f"me/other/{SWEEP}", backend=backend, folder=tmp_path)
    assert agent.returncode == 0, agent.stderr
    results = tmp_path / "runs" / SWEEP / "a0.125_b0.5_one" / "results.json"
    assert json.loads(results.read_text())["id"] == 15, agent.stderr
    stages = {name: (run["jobType"], run["groupName"]) for name, run in backend.runs.items()}
    assert stages == {"one": ("stage 1", SWEEP), "one-temporal": ("stage 2", SWEEP)}
    assert {run["project"] for run in backend.runs.values()} == {"other"}
    assert [name for name, run in backend.runs.items() if "sweep" in run] == ["one"]
    assert {line["_step"] for line in backend.lines["one-temporal"].values()} == {2}
