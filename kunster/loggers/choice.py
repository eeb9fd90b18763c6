"""Experiment loggers: Weights & Biases, offline unless asked otherwise, TensorBoard, or neither."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kunster.errors import UserError

if TYPE_CHECKING:  # takes seconds to import: not to learn that an account is missing
    from lightning.pytorch.loggers import Logger

KINDS = ("wandb", "tensorboard", "csv")
MODES = ("offline", "online", "disabled")

Mode = Literal["offline", "online"]


def wandb_mode(chosen: Mapping[str, Any]) -> Mode | None:
    """How W&B is used; None where it is not.

    Args:
        chosen: the logger that the configuration names.

    Raises:
        UserError: an unknown kind or mode, or W&B online without an account.
    """
    _check("kind", chosen["kind"], KINDS)
    if chosen["kind"] != "wandb":
        return None
    _check("mode", chosen["mode"], MODES)
    if chosen["mode"] == "disabled":
        return None
    if chosen["mode"] == "online":
        check_account("logger.mode=online", "or leave it offline and `wandb sync` later")
    return chosen["mode"]


def check_account(wish: str, otherwise: str = "") -> None:
    """Raises UserError where no W&B account is known, so that W&B never stops to ask for one."""
    if _has_account():
        return
    ways = ["run `wandb login` or set WANDB_API_KEY", otherwise]
    raise UserError(f"{wish}: no W&B account on this machine; {', '.join(filter(None, ways))}")


@cache
def _has_account() -> bool:
    """Asked once, for W&B takes seconds to answer."""
    import wandb

    known = wandb.login(prompt=False, verify=False)
    wandb.teardown()  # the service that answers: runs started from here would share it, and its end
    return known


def build_loggers(chosen: Mapping[str, Any], folder: Path, stage: str) -> list["Logger"]:
    """TensorBoard's, if it is chosen; W&B has `kunster.dashboard`, and every run a curve.csv."""
    if chosen["kind"] != "tensorboard":
        return []
    from lightning.pytorch.loggers import TensorBoardLogger

    return [TensorBoardLogger(folder, name="tensorboard", version=stage)]


def _check(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise UserError(
            f"logger.{name}={value}: must be {', '.join(allowed[:-1])} or {allowed[-1]}"
        )
