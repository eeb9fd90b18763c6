"""A run of several tasks is started in all of them, and composed for as many devices."""

import shlex
from pathlib import Path

from kunster.sweep.grid import read_grid
from kunster.sweep.launcher import choose_launcher
from kunster.sweep.points import compose_points

TABLE2 = Path(__file__).parents[2] / "sweeps" / "table2.yaml"
TWO_NODES = ["hydra/launcher=slurm", "hydra.launcher.nodes=2", "hydra.launcher.tasks_per_node=4"]
EIGHT = [
    *("trainer=ddp", "trainer.devices=4", "trainer.num_nodes=2", "trainer.accelerator=cpu"),
    *("photos.batch=8", "clips.batch=8"),
]
ONE = ["alpha=0.25", "beta=0.5"]


def job(*words: str) -> list[str]:
    launcher = choose_launcher(read_grid(TABLE2, [*ONE, *words]))
    return launcher.command(["python", "-m", "kunster.run"], Path("run"), Path("log"))


def script(command: list[str]) -> list[str]:
    (wrapped,) = [word for word in command if word.startswith("--wrap=")]
    return [" ".join(shlex.split(line)) for line in wrapped.splitlines() if "kunster.run" in line]


def test_every_task_of_a_job_starts_the_run():
    command = job(*TWO_NODES, *EIGHT)
    assert {"--nodes=2", "--ntasks-per-node=4"} <= set(command)
    assert script(command) == ["srun --kill-on-bad-exit=1 python -m kunster.run &"]


def test_a_run_on_one_device_is_started_as_it_is():
    assert script(job("hydra/launcher=slurm")) == ["python -m kunster.run &"]


def test_devices_are_how_and_not_what():
    (one,) = compose_points(read_grid(TABLE2, [*ONE, *EIGHT[4:]]))
    (eight,) = compose_points(read_grid(TABLE2, [*ONE, *EIGHT]))
    assert eight.config["trainer"]["devices"] * eight.config["trainer"]["num_nodes"] == 8
    assert eight.description == one.description
    assert eight.identity == one.identity
