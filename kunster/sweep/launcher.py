"""Launchers of a sweep's runs, chosen by Hydra's group `hydra/launcher`."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from kunster.errors import UserError
from kunster.files.conf import CONF
from kunster.machine.cores import cores
from kunster.run.configuration import explained, register_resolvers
from kunster.sweep.grid import Grid
from kunster.sweep.slurm import Slurm


@dataclass(frozen=True)
class Here:
    """Runs are processes of this machine, as many at once as there are slots."""

    slots: int = 1

    def check(self) -> None:
        """Raises a UserError where this machine cannot start runs so; it always can."""

    def command(self, run: Sequence[str], folder: Path, log: Path) -> list[str]:
        """The command that lasts as long as a run in `folder`."""
        return [*run]

    def environment(self) -> dict[str, str]:
        """Variables of that command: several runs get a fair share of the processor each."""
        if self.slots == 1:
            return dict(os.environ)
        threads = max(1, cores() // self.slots)
        return {**os.environ, "OMP_NUM_THREADS": str(threads)}

    def stop(self, processes: Mapping[Path, subprocess.Popen[bytes]]) -> None:
        """Ends runs, by folder, and returns when they have ended."""
        for process in processes.values():
            process.send_signal(signal.SIGINT)
        for process in processes.values():
            process.wait()


Launcher = Here | Slurm


def choose_launcher(grid: Grid) -> Launcher:
    """One run after the other with `hydra/launcher=basic`, the default; n_jobs at once with
    `joblib`; jobs of a cluster with `slurm`.

    Raises:
        UserError: another launcher, or one whose package is not installed.
    """
    settings = _settings(grid)
    kind = settings["_target_"].rsplit(".", 1)[-1]
    if kind == "BasicLauncher":
        return Here()
    if kind == "JoblibLauncher":
        return Here(settings["n_jobs"] if settings["n_jobs"] > 0 else cores())
    if kind != "SlurmLauncher":
        raise UserError(
            f"hydra/launcher: {kind} starts no sweep of kunster.sweep, basic, joblib and slurm do; "
            "`kunster run -m` takes any"
        )
    return Slurm(settings)


def _settings(grid: Grid) -> dict[str, Any]:
    register_resolvers()
    try:
        with initialize_config_dir(str(CONF), version_base="1.3"):
            config = compose("config", [*grid.common], return_hydra_config=True)
        return OmegaConf.to_container(config.hydra.launcher, resolve=True)  # type: ignore[return-value]
    except (HydraException, OmegaConfBaseException) as error:
        raise UserError(explained(error)) from error
