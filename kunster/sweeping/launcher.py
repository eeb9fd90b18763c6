"""How many runs train at once, as Hydra's launcher group has it."""

import os

from hydra import compose, initialize_config_dir
from hydra.errors import HydraException

from kunster.errors import UserError
from kunster.run import CONF
from kunster.sweeping.grid import Grid


def runs_at_once(grid: Grid) -> int:
    """1 with `hydra/launcher=basic`, its default; n_jobs with `hydra/launcher=joblib`.

    Raises:
        UserError: another launcher, or one whose package is not installed.
    """
    overrides = list(grid.common)
    try:
        with initialize_config_dir(str(CONF), version_base="1.3"):
            launcher = compose("config", overrides, return_hydra_config=True).hydra.launcher
    except HydraException as error:
        raise UserError(str(error).splitlines()[0]) from error
    kind = launcher._target_.rsplit(".", 1)[-1]
    if kind == "BasicLauncher":
        return 1
    if kind == "JoblibLauncher":
        return int(launcher.n_jobs) if launcher.n_jobs > 0 else os.cpu_count() or 1
    raise UserError(
        f"hydra/launcher: {kind} starts no sweep of kunster.sweep, basic and joblib do; "
        "`python -m kunster.run -m` takes any"
    )
