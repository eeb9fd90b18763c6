"""Check of a whole configuration: its top-level values, its groups, and the objects they name."""

import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_type_hints

import lightning as L
from annotated_types import Ge, Le
from lightning.fabric.utilities.exceptions import MisconfigurationException

from kunster.console.values import coerced
from kunster.data.stream import BatchModule
from kunster.errors import UserError
from kunster.networks.description import STAGES, Description, Stage
from kunster.networks.kinds import KINDS
from kunster.networks.shapes import Layout, Norm
from kunster.networks.stylizer import parameter_count
from kunster.objectives.optimisation import check_optimisation
from kunster.run.checking import checked
from kunster.run.configuration import built, keyed


@dataclass(frozen=True)
class TopLevel:
    """Types of the keys outside every `_target_`."""

    alpha: float | None
    beta: float | None
    layout: Layout | None
    norm: Norm | None
    seed: Annotated[int, Ge(0), Le(2**64 - 1)]
    stages: Sequence[Stage]
    start: str | None
    start_range: str | float
    train: Literal["all", "norms"]
    resume: bool
    overwrite: bool
    threads: Annotated[int, Ge(1)] | None
    timed_steps: Annotated[int, Ge(1)]
    command: str | None
    stage: Stage
    folder: str
    fetch: Literal["never", "ask", "always"]


GROUPS = {
    *("network", "style", "photos", "clips", "perceptual", "objective", "trainer", "callbacks"),
    *("logger", "export", "first_look"),
}
SEVERAL = ("callbacks", "logger")  # groups of which each entry is built
DATA: Mapping[Stage, str] = {"perceptual": "photos", "temporal": "clips"}
BASELINE = {"alpha": None, "beta": None, "layout": None, "norm": "instance"}


def check_config(config: Mapping[str, Any]) -> tuple[dict[str, Any], Description]:
    """The configuration with values of the right types, and the network that it describes.

    Nothing is loaded, fetched or trained.

    Raises:
        UserError: a key is unknown, or a value is not possible.
    """
    config = {**config, **{name: config.get(name) or {} for name in SEVERAL}}  # ~logger: none
    hints = get_type_hints(TopLevel, include_extras=True)
    for name, value in config.items():
        if name not in hints and name not in GROUPS:
            known = ", ".join([*hints, *sorted(GROUPS)])
            raise UserError(f"{name}={value}: no such key; there are {known}")
    for name in sorted(hints.keys() - config.keys()):
        raise UserError(f"{name}: missing; conf/config.yaml has its default")
    typed = {
        name: coerced(value, hints[name], name) if name in hints else value
        for name, value in config.items()
    }
    stages_of(typed)
    for stage in [stage for stage in config["objective"] if stage not in STAGES]:
        raise UserError(f"objective.{stage}: must be one of {', '.join(STAGES)}")
    _check_targets(config)
    parts = {name: checked(part, name) for name, part in config.items() if name in GROUPS}
    if typed["train"] == "norms" and typed["start"] is None:
        raise UserError("train=norms: needs start=…, the network whose convolutions stay")
    _check_export(parts["export"])
    found = {**typed, **parts}
    _check_objects(found)
    return found, describe(found)


def _check_targets(config: Mapping[str, Any]) -> None:
    """Refuses a part of the configuration that does not name what is built of it."""
    parts = {name: config.get(name) for name in GROUPS - {*SEVERAL, "objective", "export"}}
    for name in SEVERAL:
        parts |= {f"{name}.{each}": part for each, part in config[name].items()}
    for stage in STAGES:
        key, objective = f"objective.{stage}", config["objective"].get(stage) or {}
        terms = objective.get("terms") or {}
        parts |= {f"{key}.{name}": objective.get(name) for name in ("optimizer", "schedule")}
        parts |= {f"{key}.terms.{name}": term for name, term in terms.items()}
        parts |= {key: objective}
    for key, part in parts.items():
        if not isinstance(part, Mapping) or "_target_" not in part:
            raise UserError(f"{key}._target_: missing: what is built, as package.module.Class")


def _check_export(export: Mapping[str, Any]) -> None:
    unknown = [name for name in export if name != "enabled"]
    if unknown:
        raise UserError(f"export.{unknown[0]}={export[unknown[0]]}: no such key; enabled is one")


def _check_objects(config: dict[str, Any]) -> None:
    """Builds the objects that cost nothing: their constructors refuse impossible values."""
    config["export"]["enabled"] = coerced(config["export"]["enabled"], bool, "export.enabled")
    for stage in stages_of(config):
        key, objective = f"objective.{stage}", config["objective"][stage]
        for name, term in (objective.get("terms") or {}).items():
            built(term, f"{key}.terms.{name}")
        parts = (built(objective[name], f"{key}.{name}") for name in ("optimizer", "schedule"))
        try:
            check_optimisation(*parts)
        except UserError as error:
            raise UserError(f"{key}.{error}") from error
    data: dict[str, BatchModule] = {name: built(config[name], name) for name in DATA.values()}
    for name, callback in config["callbacks"].items():
        built(callback, f"callbacks.{name}")
    for name, logger in config["logger"].items():
        if str(logger.get("_target_", "")).startswith("kunster."):
            built(logger, f"logger.{name}")
    trainer = make_trainer(config["trainer"], logger=False, enable_checkpointing=False)
    for name in (DATA[stage] for stage in stages_of(config)):
        try:
            data[name].check_share(trainer.world_size)
        except UserError as error:
            raise keyed(error, name) from error


def make_trainer(config: Mapping[str, Any], **arguments: Any) -> L.Trainer:
    """Lightning's trainer as the configuration names it, with the arguments of a stage.

    Raises:
        UserError: Lightning refuses a value, or two of them together.
    """
    for name in ("lightning.pytorch", "lightning.fabric"):  # what they announce is in our table
        logging.getLogger(name).setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module=r"lightning\..*")
    try:
        trainer: L.Trainer = built(config, "trainer")(**arguments)
    except UserError as error:
        raise keyed(error, "trainer") from error
    except (ValueError, TypeError, RuntimeError, MisconfigurationException) as error:
        raise UserError(f"trainer: {' '.join(str(error).split())}") from error
    return trainer


def describe(config: Mapping[str, Any]) -> Description:
    """The network, as a first stage would save it.

    Raises:
        UserError: its arguments are not possible.
    """
    network = config["network"]
    values = {name: network.get(name, default) for name, default in BASELINE.items()}
    styles = network.get("styles")
    names = styles or [each["name"] for each in config["style"].get("styles", ())]
    if len(names) > 1 and styles is None:
        raise UserError(
            f"style={config['style']['name']}: {len(names)} paintings are for network=multistyle"
        )
    try:
        parameters = parameter_count(built(network, "network"))
    except UserError as error:  # alpha=… at the top is what the user typed
        raise UserError(str(error).removeprefix("network.")) from error
    kind = network["_target_"].rpartition(".")[2]
    if kind not in KINDS:
        raise UserError(
            f"network._target_={network['_target_']}: no registered kind of network; its module "
            f"must add it: kunster.networks.kinds.KINDS['{kind}'] = Kind({kind})"
        )
    return Description(
        kind=kind,
        style=config["style"]["name"],
        stage="perceptual",
        parameters=parameters,
        styles=tuple(styles) if styles else None,
        **values,
    )


def stages_of(config: Mapping[str, Any]) -> list[Stage]:
    """The stages in the order in which they are trained.

    Raises:
        UserError: there is none.
    """
    chosen = config["stages"]
    if not chosen or any(stage not in STAGES for stage in chosen):
        raise UserError(f"stages={list(chosen)}: must be one or more of {list(STAGES)}")
    return [stage for stage in STAGES if stage in chosen]
