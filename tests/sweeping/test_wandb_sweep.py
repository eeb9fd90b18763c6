"""The grid for W&B: the command that its agent starts, by the agent's own code."""

import json
from itertools import product
from pathlib import Path

import pytest
import yaml
from wandb import wandb_agent

from kunster.sweeping.grid import read_grid
from kunster.sweeping.points import compose_points

SWEEPS = Path(__file__).parents[2] / "sweeps"


@pytest.fixture
def commands(tmp_path, monkeypatch) -> list[list[str]]:
    """What an agent starts for every point of the grid."""
    started: list[list[str]] = []

    class Process:
        def __init__(self, command, env, forward_signals):
            started.append(command)

    monkeypatch.setattr(wandb_agent, "AgentProcess", Process)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_RUN_ID", "")
    sweep = yaml.safe_load((SWEEPS / "wandb_table2.yaml").read_text())
    agent = wandb_agent.Agent.__new__(wandb_agent.Agent)  # its constructor asks the server
    agent._in_jupyter, agent._function, agent._forward_signals = False, None, False
    agent._sweep_command, agent._run_processes = sweep["command"], {}
    axes = {name: axis["values"] for name, axis in sweep["parameters"].items()}
    for number, values in enumerate(product(*axes.values())):
        arguments = {name: {"value": value} for name, value in zip(axes, values, strict=True)}
        run = {"run_id": f"run{number}", "program": sweep["program"], "args": arguments}
        agent._command_run(json.loads(json.dumps(run)))  # numbers as the server sends them
    return started


def test_the_agent_starts_kunster_run_with_a_points_values(commands):
    assert commands[0] == [
        *("/usr/bin/env", "python", "-m", "kunster.run", "+experiment=scream"),
        *("logger.mode=online", "resume=true", "alpha=1", "beta=1"),
    ]


def test_its_commands_are_the_15_runs_of_table2(commands):
    ours = compose_points(read_grid(SWEEPS / "table2.yaml"))
    found = []
    for command in commands:
        experiment, mode, resume, *values = command[command.index("kunster.run") + 1 :]
        assert (experiment, mode, resume) == (
            *("+experiment=scream", "logger.mode=online", "resume=true"),
        )
        found += compose_points(read_grid(SWEEPS / "table2.yaml", values))

    assert {point.identity for point in found} == {point.identity for point in ours}
    assert len(found) == 15
