"""`kunster run +experiment=scream`: trains a painting's style and exports it."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING

from kunster import __version__
from kunster.console.choices import among
from kunster.console.command import INTERRUPTED, USER_CAN_MEND, exit_code
from kunster.console.extras import check_extra
from kunster.console.parser import Arguments
from kunster.errors import UserError
from kunster.files.conf import CONF, at_home, check_choices, top_keys

if TYPE_CHECKING:  # Hydra's help and ours come without
    from omegaconf import DictConfig

HYDRAS = (
    *("--help", "--version", "--hydra-help", "--multirun", "--cfg", "--resolve", "--package"),
    *("--info", "--run", "--config-path", "--config-name", "--config-dir"),
    *("--shell-completion", "--experimental-rerun"),
)
MULTIRUN, CFG = ("-m", "--multirun"), ("-c", "--cfg")
# options of the other commands, and what says the same here
KEYS = {
    "--model": "start=MODEL, a network to begin from",
    "--style": "+experiment=STYLE",
    "--painting": "style.image=FILE",
    "--photos": "photos=folder photos.path=DIR",
    "--video": "clips=video clips.path=FILE",
    "--out": "hydra.run.dir=DIR",
    "--overwrite": "overwrite=true",
}


def task(config: "DictConfig") -> None:
    """One run: builds what the configuration names, trains it, leaves the run folder."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    from kunster.run.configuration import resolved
    from kunster.run.needs import bring_missing
    from kunster.run.settings import check_config
    from kunster.run.training import execute

    folder = Path(HydraConfig.get().runtime.output_dir)
    try:
        plain, _ = check_config(resolved(config))  # before anything large is fetched for it
        if not starts_once(plain["trainer"]["devices"]):
            raise UserError(
                "trainer=ddp starts this command once for each device: of several runs make a "
                "sweep, `kunster sweep`, or jobs, hydra/launcher=slurm"
            )
        bring_missing([plain])
        execute(adapted(config), folder)
    except UserError as error:
        if HydraConfig.get().mode == RunMode.MULTIRUN:  # which raises it when the others are done
            print(f"{folder}: {error}", file=sys.stderr)
            raise
        print(error, file=sys.stderr)
        sys.exit(USER_CAN_MEND)
    except KeyboardInterrupt:
        print(
            f"interrupted: the same command with resume=true goes on in {folder}", file=sys.stderr
        )
        sys.exit(INTERRUPTED)


def adapted(config: "DictConfig") -> "DictConfig":
    """The configuration with the multirun as W&B's group; resumes if Slurm restarted the job."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode
    from omegaconf import OmegaConf

    chosen = HydraConfig.get()
    found = config.copy()
    logger = found.logger.get("wandb")
    if chosen.mode == RunMode.MULTIRUN and logger is not None and logger.get("group") is None:
        OmegaConf.update(found, "logger.wandb.group", Path(chosen.sweep.dir).name)
    if int(os.environ.get("SLURM_RESTART_COUNT", 0)):
        found.resume, found.overwrite = True, False
    return found


def starts_once(devices: int | str) -> bool:
    """False where each device's process would start the whole multirun again."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    single = HydraConfig.get().mode != RunMode.MULTIRUN or devices == 1
    return single or "SLURM_PROCID" in os.environ  # which starts the processes itself


def from_slurm(error: RuntimeError) -> bool:
    """True for the errors of a missing Slurm, a refused job and a lost one."""
    return type(error).__module__.startswith("submitit.") or '"srun"' in str(error)


def before_task(error: OSError) -> bool:
    """True where Hydra could not make the folder of a run or a multirun."""
    return all(frame.f_code is not task.__code__ for frame, _ in walk_tb(error.__traceback__))


def main(arguments: Arguments = None) -> int:
    """The command line: Hydra's, with exit code 2 and one line for what the user can mend."""
    words = at_home(sys.argv[1:] if arguments is None else arguments)

    def work() -> None:
        if {"-h", "--help"} & set(words):
            from kunster.run.help import page

            print(page())
        elif {"-V", "--version"} & set(words):
            print(f"kunster {__version__}")
        else:
            _check_options(words)
            check_extra("train", "kunster run")
            # first, as argparse reads no more overrides behind an option
            sys.argv[1:] = sorted(words, key=lambda word: word not in MULTIRUN)
            _by_hydra()

    return exit_code(work, "interrupted: the same command with resume=true goes on")


def _check_options(words: Sequence[str]) -> None:
    """Refuses options and choices that Hydra has not, in one line."""
    for word in words:
        name = word.split("=")[0]
        key = name[2:].replace("-", "_")
        if name in KEYS or (name.startswith("--") and name not in HYDRAS and key in top_keys()):
            raise UserError(f"{name}: run takes KEY=VALUE; here it is {KEYS.get(name, f'{key}=…')}")
        if name.startswith("--") and name not in HYDRAS:
            raise UserError(f"{name}: no such option; {among(name, HYDRAS)}; all else is KEY=VALUE")
    check_choices(words)
    if words and words[-1] in CFG:
        raise UserError(f"{words[-1]}: job, hydra or all is missing behind it")


def _by_hydra() -> None:
    """Composes the configuration of each run and calls `task` with it."""
    import hydra
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    from kunster.run.configuration import explained, register_resolvers

    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # errors come here, not to Hydra's printer
    if "--hydra-help" not in sys.argv:
        register_resolvers()  # which import torch
    try:
        hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")(task)()
    except (HydraException, OmegaConfBaseException, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not from_slurm(error):
            raise
        raise UserError(explained(error)) from error
    except OSError as error:
        if not (before_task(error) and error.filename):
            raise
        raise UserError(f"{error.filename}: cannot be written: {error.strerror}") from error
    except KeyboardInterrupt:
        if "submitit" in sys.modules:  # imported only where it launches
            print("Slurm goes on with its jobs: scancel ends them", file=sys.stderr)
        raise


if __name__ == "__main__":
    sys.exit(main())
