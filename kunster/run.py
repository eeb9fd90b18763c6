"""`python -m kunster.run +experiment=scream`: learns a painting's style and ships it."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from kunster.command import INTERRUPTED, USER_CAN_MEND
from kunster.errors import UserError

if TYPE_CHECKING:  # torch takes seconds to import: not for --help
    from kunster.pipeline import Plan

PACKAGE = Path(__file__).parent
# inside an installed package, beside it in a checkout
CONF = next(path for path in (PACKAGE / "conf", PACKAGE.parent / "conf") if path.is_dir())


def task(config: DictConfig) -> None:
    """One run: builds what the configuration names, trains it, leaves the run folder."""
    from kunster.pipeline import execute

    folder = Path(HydraConfig.get().runtime.output_dir)
    try:
        execute(plan_of(config, folder))
    except UserError as error:
        print(error, file=sys.stderr)
        sys.exit(USER_CAN_MEND)
    except KeyboardInterrupt:
        print(
            f"interrupted: the same command with resume=true goes on in {folder}", file=sys.stderr
        )
        sys.exit(INTERRUPTED)


def plan_of(config: DictConfig, folder: Path) -> "Plan":
    """What a configuration asks for; nothing costly is built yet."""
    from hydra.utils import instantiate

    from kunster.pipeline import Plan

    return Plan(
        folder=folder,
        config=_grouped(resolved(config)),
        photos=lambda: instantiate(config.photos),
        perceptual=lambda: instantiate(config.perceptual),
        clips=lambda: instantiate(config.clips),
        optimizers={name: instantiate(stage.optimizer) for name, stage in config.objective.items()},
        schedules={name: instantiate(stage.schedule) for name, stage in config.objective.items()},
    )


def _grouped(config: dict[str, Any]) -> dict[str, Any]:
    """With the multirun, if it is one, as the group of runs that W&B compares."""
    logger, chosen = config["logger"], HydraConfig.get()
    if chosen.mode == RunMode.MULTIRUN and logger.get("group", "") is None:
        return {**config, "logger": {**logger, "group": Path(chosen.sweep.dir).name}}
    return config


def resolved(config: DictConfig) -> dict[str, Any]:
    """The configuration as plain values.

    Raises:
        UserError: one of them is still missing.
    """
    missing = sorted(OmegaConf.missing_keys(config))
    if missing:
        raise UserError(f"{missing[0]}=???: has no value yet; give it one on the command line")
    return OmegaConf.to_container(config, resolve=True)  # type: ignore[return-value]


def main() -> None:
    """The command line: Hydra's, with exit code 2 and one line for what the user can mend."""
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # errors come here, not to Hydra's printer
    try:
        hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")(task)()
    except (HydraException, OmegaConfBaseException) as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        print("\n".join(lines[:2]), file=sys.stderr)
        sys.exit(USER_CAN_MEND)


if __name__ == "__main__":
    main()
