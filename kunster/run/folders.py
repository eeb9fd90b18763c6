"""A check of a multirun's folders before its first job."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from kunster.console.command import USER_CAN_MEND


class SeparateFolders(Callback):
    """Ends a multirun two of whose jobs would train in one folder, in a line and with code 2.

    Hydra turns an exception of a callback into a warning, so this one exits.
    """

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        if not str(config.hydra.sweeper._target_).endswith(".BasicSweeper"):
            return  # others choose a job by the results of those before
        try:
            folders = job_folders(config)
        except (HydraException, OmegaConfBaseException):
            return  # Hydra composes the jobs again and says what is wrong
        shared = next((folder for folder in folders if folders.count(folder) > 1), None)
        if shared:
            sweep: Any = OmegaConf.to_container(config.hydra.sweep)
            subdir = sweep["subdir"]
            print(
                f"{shared}: {folders.count(shared)} jobs would train in this folder: "
                f"hydra.sweep.subdir='{subdir}_${{hydra.job.num}}' gives each its own",
                file=sys.stderr,
            )
            sys.exit(USER_CAN_MEND)


def job_folders(config: DictConfig) -> Sequence[Path]:
    """The folder of each job of a multirun, in their order."""
    loader = GlobalHydra.instance().config_loader()
    params = [f"{key}={value}" for key, value in (config.hydra.sweeper.params or {}).items()]
    parser = OverridesParser.create(config_loader=loader)
    overrides = parser.parse_overrides([*params, *config.hydra.overrides.task])
    (jobs,) = BasicSweeper.split_arguments(overrides, None)
    folders = []
    for number, words in enumerate(jobs):
        job = loader.load_sweep_config(config, list(words))
        with open_dict(job):
            job.hydra.job.id, job.hydra.job.num = str(number), number
        folders.append(Path(job.hydra.sweep.dir) / job.hydra.sweep.subdir)
    return folders
