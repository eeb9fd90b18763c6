"""What a configuration asks for, as values; what is not possible is refused before any work."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kunster.errors import UserError
from kunster.loggers.choice import wandb_mode
from kunster.machine.hardware import Hardware, choose_hardware
from kunster.networks.description import STAGES, Description, Stage
from kunster.networks.stylizer import STRIDE, parameter_count
from kunster.run.training import Schedule

SEEDS = 2**64  # so many keys the generator of the crops takes, kunster.data.crops


def check_config(config: Mapping[str, Any]) -> Description:
    """The network that a configuration describes; nothing is loaded or trained.

    Raises:
        UserError: its stages, schedules, numbers, logger or network are not possible.
    """
    devices = hardware_of(config).devices
    for stage in stages_of(config):
        schedule = schedule_of(config["objective"][stage])
        devices.check_batch(f"objective.{stage}.batch", schedule.batch)
    _check_numbers(config)
    wandb_mode(config["logger"])
    return describe(config)


def _check_numbers(config: Mapping[str, Any]) -> None:
    """Those that nothing else refuses before they are used, minutes later."""
    size = config["objective"]["perceptual"]["size"]
    if "perceptual" in config["stages"] and not (_whole(size, 64) and size % STRIDE == 0):
        raise UserError(
            f"objective.perceptual.size={size}: must be a multiple of {STRIDE} from 64 up"
        )
    for name, seed in (("seed", config["seed"]), ("clips.seed", config["clips"].get("seed", 0))):
        if not _whole(seed, 0) or seed >= SEEDS:
            raise UserError(f"{name}={seed}: must be a whole number from 0 up, less than 2^64")
    threads = config["trainer"]["threads"]
    if threads is not None and not _whole(threads, 1):
        raise UserError(
            f"trainer.threads={threads}: must be a whole number from 1 up, or null, torch's choice"
        )


def _whole(value: object, least: int) -> bool:
    return isinstance(value, int) and value >= least


def hardware_of(config: Mapping[str, Any]) -> Hardware:
    """What `trainer` chooses of this machine.

    Raises:
        UserError: the machine has no such thing.
    """
    names = (
        *("accelerator", "precision", "compile", "graphs", "crops"),
        *("strategy", "devices", "nodes"),
    )
    return choose_hardware(**{name: config["trainer"][name] for name in names})


def describe(config: Mapping[str, Any]) -> Description:
    """The network, as a first stage would save it.

    Raises:
        UserError: α, β, layout, norm or kind are not possible.
    """
    network = config["network"]
    values = {name: network[name] for name in ("kind", "alpha", "beta", "layout", "norm")}
    draft = Description(style=config["style"]["name"], stage="perceptual", parameters=0, **values)
    return replace(draft, parameters=parameter_count(draft.build()))


def stages_of(config: Mapping[str, Any]) -> list[Stage]:
    """In the order in which they are trained.

    Raises:
        UserError: none, or one that there is not.
    """
    chosen = config["stages"]
    if not chosen or any(stage not in STAGES for stage in chosen):
        raise UserError(f"stages={list(chosen)}: must be one or more of {list(STAGES)}")
    return [stage for stage in STAGES if stage in chosen]


def schedule_of(settings: Mapping[str, Any]) -> Schedule:
    """Of the settings of one stage's objective.

    Raises:
        UserError: a number of steps or crops is not possible.
    """
    names = ("steps", "batch", "checkpoint_every", "preview_every")
    return Schedule(**{name: settings[name] for name in names})
