"""Training from a script or a notebook, with the configurations of the command."""

import re
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from kunster.assets.trained import list_styles
from kunster.console.choices import among
from kunster.errors import UserError
from kunster.files.conf import CONF
from kunster.files.local_path import local_path
from kunster.run.configuration import composed, resolved

# text that Hydra takes as such without quotes
PLAIN = re.compile(r"(?!(null|true|false|inf|nan)$)[A-Za-z_./][\w./:-]*", re.IGNORECASE)

# what messages tell a command line to add, as a keyword of `train`
KEYWORDS = {
    "hydra.run.dir=…": "folder=…",
    "resume=true": "resume=True",
    "overwrite=true": "overwrite=True",
    "fetch=always": 'fetch="always"',
}


def train(
    style: str | PathLike[str],
    overrides: Sequence[str] = (),
    folder: str | PathLike[str] | None = None,
    **values: Any,
) -> Path:
    """Trains a painting's style, as `kunster run` does; returns the run folder.

    `train("scream", alpha=0.5, overrides=["objective.perceptual.steps=350"])` is the command
    `kunster run +experiment=scream alpha=0.5 objective.perceptual.steps=350`.

    Args:
        style: a painting that ships, or a picture file.
        overrides: of the configuration, as on the command line.
        folder: of the run; None for the one the command would take, `runs/scream_a0.5_b0.5`.
        values: of top-level keys and groups: `alpha=0.5`, `network="johnson"`, `resume=True`.

    Raises:
        UserError: the configuration or the folder is not possible.
        KeyboardInterrupt: Ctrl-C; `resume=True` goes on.
    """
    given = [override(key, value) for key, value in values.items()]
    config = composed([*_painting(style), *given, *overrides])
    from kunster.run.needs import bring_missing
    from kunster.run.settings import check_config
    from kunster.run.training import execute

    try:
        plain, _ = check_config(resolved(config))  # before anything large is fetched for it
        bring_missing([plain])
        place = _default_folder(config) if folder is None else local_path(folder)
        execute(config, place)
    except UserError as error:
        words = re.sub("|".join(KEYWORDS), lambda found: KEYWORDS[found[0]], str(error))
        raise UserError(words) from error
    return place


def override(key: str, value: Any) -> str:
    """A value as Hydra's command line takes it: `resume=true`, `stages=[temporal]`."""
    return f"{key}={_word(value)}"


def _word(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_word, value))}]"
    text = str(value)
    if PLAIN.fullmatch(text):
        return text
    doubled = re.sub(r"\\+(?='|$)", lambda slashes: 2 * slashes[0], text)  # those alone are special
    return "'" + doubled.replace("'", "\\'") + "'"


def _painting(style: str | PathLike[str]) -> list[str]:
    if (CONF / "experiment" / f"{style}.yaml").is_file():
        return [f"+experiment={style}"]
    path = local_path(style)
    if not path.is_file():
        raise UserError(
            f"{style}: no such picture, nor a style; {among(str(style), list_styles())}"
        )
    return [override("style.image", str(path))]


def _default_folder(config: DictConfig) -> Path:
    """The folder that `kunster run` would take: `hydra.run.dir` of conf/config.yaml."""
    settings: Any = OmegaConf.to_container(OmegaConf.load(CONF / "config.yaml"))
    named = config.copy()
    OmegaConf.set_struct(named, False)
    named["run_folder"] = settings["hydra"]["run"]["dir"]
    return Path(named.run_folder)
