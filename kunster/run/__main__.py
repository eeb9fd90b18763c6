"""`python -m kunster.run +experiment=scream`: learns a painting's style and ships it."""

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException, InstantiationException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from kunster.console.command import INTERRUPTED, USER_CAN_MEND
from kunster.errors import UserError

if TYPE_CHECKING:  # torch takes seconds to import: not for --help
    from kunster.run.pipeline import Plan

PACKAGE = Path(__file__).parents[1]
# inside an installed package, beside it in a checkout
CONF = next(path for path in (PACKAGE / "conf", PACKAGE.parent / "conf") if path.is_dir())
# what brings each to Hydra is in the extra `launchers`
LAUNCHERS = {"hydra/launcher/joblib": "joblib", "hydra/launcher/submitit_slurm": "slurm"}


def task(config: DictConfig) -> None:
    """One run: builds what the configuration names, trains it, leaves the run folder."""
    from kunster.run.needs import bring_missing
    from kunster.run.pipeline import execute
    from kunster.run.settings import check_config

    folder = Path(HydraConfig.get().runtime.output_dir)
    try:
        plan = plan_of(config, folder)
        check_config(plan.config)  # before anything large is fetched for it
        if not starts_once(plan.config):
            raise UserError(
                "trainer=ddp starts this command once for each device: of several runs make a "
                "sweep, python -m kunster.sweep, or jobs, hydra/launcher=slurm"
            )
        bring_missing([plan.config])
        execute(replace(plan, config=_grouped(plan.config) | requeued()))
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


def plan_of(config: DictConfig, folder: Path) -> "Plan":
    """What a configuration asks for; nothing costly is built yet."""
    from kunster.run.pipeline import Plan

    return Plan(
        folder=folder,
        config=resolved(config),
        photos=lambda: built(config.photos),
        perceptual=lambda: built(config.perceptual),
        clips=lambda: built(config.clips),
        optimizers={name: built(stage.optimizer) for name, stage in config.objective.items()},
        schedules={name: built(stage.schedule) for name, stage in config.objective.items()},
    )


def built(part: DictConfig) -> Any:
    """What a part of the configuration names; an error of its code comes as that code raised it.

    Raises:
        UserError: that code's own, or Hydra's: there is no such code, or it takes other arguments.
    """
    from hydra.utils import instantiate

    try:
        return instantiate(part)
    except InstantiationException as wrapped:
        error = _unwrapped(wrapped)
    raise error  # out here, where Hydra's does not become its context


def _unwrapped(error: InstantiationException) -> BaseException:
    cause = error.__cause__
    if cause is None:
        return UserError(explained(error))
    *_, (raised_in, _) = walk_tb(cause.__traceback__)
    by_hydra = raised_in.f_globals["__name__"].startswith("hydra.")
    return UserError(explained(error)) if by_hydra else cause


def _grouped(config: Mapping[str, Any]) -> dict[str, Any]:
    """With the multirun, if it is one, as the group of runs that W&B compares."""
    logger, chosen = config["logger"], HydraConfig.get()
    if chosen.mode == RunMode.MULTIRUN and logger.get("group", "") is None:
        return {**config, "logger": {**logger, "group": Path(chosen.sweep.dir).name}}
    return dict(config)


def resolved(config: DictConfig) -> dict[str, Any]:
    """The configuration as plain values.

    Raises:
        UserError: one of them is still missing.
    """
    missing = sorted(OmegaConf.missing_keys(config))
    if missing:
        raise UserError(f"{missing[0]}=???: has no value yet; give it one on the command line")
    return OmegaConf.to_container(config, resolve=True)  # type: ignore[return-value]


def starts_once(config: Mapping[str, Any]) -> bool:
    """Whether the command, started again for a device, would be this run and not a multirun."""
    single = HydraConfig.get().mode != RunMode.MULTIRUN or config["trainer"]["strategy"] == "one"
    return single or "SLURM_PROCID" in os.environ  # which starts the processes itself


def requeued() -> dict[str, Any]:
    """What a job that Slurm started again changes: it goes on, whatever it was first asked for."""
    if int(os.environ.get("SLURM_RESTART_COUNT", 0)) == 0:
        return {}
    return {"resume": True, "overwrite": False}


def explained(error: Exception) -> str:
    """What Hydra, OmegaConf or Slurm found wrong, in a line."""
    launcher = LAUNCHERS.get(getattr(error, "missing_cfg_file", None) or "")
    if launcher:
        return f"hydra/launcher={launcher} needs more packages: pip install 'kunster[launchers]'"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()][:2]
    choices = getattr(error, "options", None) or ()
    return "; ".join(lines) + f" {', '.join(choices)}" * bool(choices)


def from_slurm(error: RuntimeError) -> bool:
    """Whether it says that there is no Slurm, that it refused a job, or that it lost one."""
    return type(error).__module__.startswith("submitit.") or '"srun"' in str(error)


def main() -> None:
    """The command line: Hydra's, with exit code 2 and one line for what the user can mend."""
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # errors come here, not to Hydra's printer
    try:
        hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")(task)()
    except (UserError, HydraException, OmegaConfBaseException, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not from_slurm(error):
            raise
        print(explained(error), file=sys.stderr)
        sys.exit(USER_CAN_MEND)
    except KeyboardInterrupt:
        print("interrupted: the same command with resume=true goes on", file=sys.stderr)
        if "submitit" in sys.modules:  # imported only where it launches
            print("Slurm goes on with its jobs: scancel ends them", file=sys.stderr)
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
