"""The configuration of a run: composed, resolved, instantiated, with one line for every error."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from traceback import walk_tb
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from hydra.errors import (
    ConfigCompositionException,
    HydraException,
    InstantiationException,
    MissingConfigException,
    OverrideParseException,
)
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from kunster.console.choices import among
from kunster.console.extras import pip_install
from kunster.errors import UserError
from kunster.files.conf import CONF, at_home, check_choices, choices_with, groups
from kunster.run.renamed import RENAMED

# what brings each to Hydra is in the extra `launchers`
LAUNCHERS = {"hydra/launcher/joblib": "joblib", "hydra/launcher/submitit_slurm": "slurm"}
OF_A_RESOLVER = "UserError raised while resolving interpolation: "  # as OmegaConf wraps it


def register_resolvers() -> None:
    """The automatic choices that conf/ names: `${best_precision:…}` and the others."""
    from kunster.machine import hardware
    from kunster.run.paintings import entries_of, names_of, of_painting

    for resolver in (
        *(hardware.best_precision, hardware.on_cuda, hardware.one_cuda_device, hardware.gpus),
        *(of_painting, parent, entries_of, names_of, typed),
    ):
        OmegaConf.register_new_resolver(resolver.__name__, resolver, replace=True)


def parent(folder: str | None) -> str | None:
    """The folder that a folder lies in."""
    return None if folder is None else str(Path(folder).parent)


def typed() -> str | None:
    """The words behind `kunster run`, as a shell takes them; None without a command line."""
    if not HydraConfig.initialized():
        return None
    words = HydraConfig.get().overrides
    own = [word for word in words.hydra if not word.startswith("hydra.mode=")]
    return shlex.join([*words.task, *own])


def composed(overrides: Sequence[str]) -> DictConfig:
    """The configuration of a run with these overrides.

    Raises:
        UserError: Hydra cannot compose it.
    """
    register_resolvers()
    check_choices(overrides)
    try:
        with initialize_config_dir(str(CONF), version_base="1.3"):
            return compose("config", at_home(overrides))
    except (HydraException, OmegaConfBaseException) as error:
        raise UserError(explained(error)) from error


def resolved(config: DictConfig) -> dict[str, Any]:
    """The configuration as plain values.

    Raises:
        UserError: a value is still missing, or an interpolation cannot be resolved.
    """
    try:
        missing = sorted(OmegaConf.missing_keys(config))
        if missing:
            raise UserError(f"{missing[0]}=???: has no value yet; give it one on the command line")
        return OmegaConf.to_container(config, resolve=True)  # type: ignore[return-value]
    except OmegaConfBaseException as error:
        words = str(error).splitlines()[0].split(OF_A_RESOLVER, 1)
        if len(words) == 2:
            said = UserError(words[1])
            ours = words[1].startswith("style")  # all others ask about the trainer
            raise (said if ours else keyed(said, "trainer")) from error
        raise UserError(explained(error)) from error


def built(part: Mapping[str, Any], key: str) -> Any:
    """The object that a part of the configuration names, with everything in it.

    Args:
        part: plain values with a `_target_`.
        key: of the part, for messages: `objective.perceptual`.

    Raises:
        UserError: its code refused a value, there is no such code, or it takes other arguments.
        Exception: whatever else its code raised, as it raised it.
    """
    from hydra.utils import instantiate

    try:
        return instantiate(part, _convert_="all")
    except InstantiationException as wrapped:
        error = _unwrapped(wrapped, key)
    raise error  # out here, where Hydra's does not become its context


def _unwrapped(error: InstantiationException, key: str) -> BaseException:
    cause: Any = error.__cause__
    if cause is None:
        return UserError(f"{key}: {explained(error)}")
    if isinstance(cause, UserError):
        return keyed(cause, _full_key(error, key))
    return UserError(f"{key}: {explained(error)}") if raised_by(cause, "hydra.") else cause


def raised_by(error: BaseException, package: str) -> bool:
    """True where the line that raised an error is in a package, `hydra.` say."""
    *_, (frame, _) = walk_tb(error.__traceback__)
    return str(frame.f_globals["__name__"]).startswith(package)


def _full_key(error: InstantiationException, key: str) -> str:
    """Hydra names the part inside `key` whose code raised, on a line of its own."""
    for line in str(error).splitlines():
        if line.startswith("full_key: "):
            return f"{key}.{line.removeprefix('full_key: ')}"
    return key


def keyed(error: UserError, key: str) -> UserError:
    """The error with the key as the user types it: `lr=-1: …` of `optimizer` names that too."""
    words = str(error)
    name = words.split("=", 1)[0]
    inside = "=" in words and name.replace("_", "").replace(".", "").isalnum()
    whole = name == key or name.startswith(f"{key}.")
    return UserError(f"{key}.{words}") if inside and not whole else error


def explained(error: Exception) -> str:
    """The message of Hydra, OmegaConf or Slurm in one line."""
    launcher = LAUNCHERS.get(getattr(error, "missing_cfg_file", None) or "")
    if launcher:
        return f"hydra/launcher={launcher} needs more packages: {pip_install('launchers')}"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if isinstance(error, OverrideParseException) and "=" not in error.override:
        return (
            f"{error.override}: must be KEY=VALUE: +experiment=STYLE learns one of "
            f"{', '.join(groups()['experiment'])}; style.image=FILE a picture of your own"
        )
    if isinstance(error, OverrideParseException):
        return (
            f"{error.override}: not an override ({lines[0]}); quote a value that holds = , : or "
            "brackets for Hydra as well as for the shell: key='\"a=b\"'"
        )
    if isinstance(error, MissingConfigException) and error.missing_cfg_file and error.options:
        group, _, choice = error.missing_cfg_file.rpartition("/")
        choices = [each for each in error.options if each[0] != "_"]  # those are parts of others
        return _unknown(f"{group}={choice}", choice, choices)
    cause: Any = error.__cause__
    node = getattr(cause, "parent_node", None)  # what OmegaConf's errors carry
    if isinstance(error, ConfigCompositionException) and isinstance(node, DictConfig):
        return _unknown(
            str(cause.full_key), str(cause.key), [str(key) for key in node if str(key)[0] != "_"]
        )
    return "; ".join(line.rstrip(".") for line in lines[:2])


def _unknown(typed: str, name: str, known: Sequence[str]) -> str:
    """The message for an unknown key or choice: its new name, or the nearest that there is."""
    if typed in RENAMED:
        return f"{typed}: is now {RENAMED[typed]}"
    if "=" in typed:
        return f"{typed}: no such choice; {among(name, known)}"
    if others := choices_with(typed):
        return f"{typed}: a key of {' and '.join(others)}; choose that as well"
    return f"{typed}: no such key; {among(name, known)}; +{typed}=… adds one"
