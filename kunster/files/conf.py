"""The configuration's folder and the choices in it, read without Hydra."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml

from kunster.errors import UserError

PACKAGE = Path(__file__).parents[1]
# inside an installed package, beside it in a checkout
CONF = next(path for path in (PACKAGE / "conf", PACKAGE.parent / "conf") if path.is_dir())
SWEEPS = CONF.with_name("sweeps")

# how a file or folder of one's own is given instead of a choice
OWN = {
    "photos": "photos=folder photos.path=",
    "clips": "clips=video clips.path=",
    "style": "style.image=",
}


def groups() -> dict[str, list[str]]:
    """The choices of each group, as a command line names both; `_name.yaml` is a part of others."""
    found: dict[str, list[str]] = {}
    for file in sorted(CONF.glob("*/**/[!_]*.yaml")):
        found.setdefault(file.parent.relative_to(CONF).as_posix(), []).append(file.stem)
    return found


def top_keys() -> set[str]:
    """Keys of conf/config.yaml, and groups: what stands before = on a command line."""
    return {*yaml.safe_load((CONF / "config.yaml").read_text()), *groups()}


def choices_with(key: str) -> list[str]:
    """The choices that have a key: `photos=coco` and `photos=folder` of `photos.path`."""
    group, _, name = key.rpartition(".")
    files = sorted((CONF / group).glob("[!_]*.yaml")) if group else []
    return [f"{group}={file.stem}" for file in files if name in yaml.safe_load(file.read_text())]


@cache
def default_terms() -> tuple[str, ...]:
    """The loss terms that a run has by default, of stage 1 and then of stage 2."""
    files = (CONF / f"objective/{name}.yaml" for name in ("perceptual", "_perceptual", "_temporal"))
    return tuple(term for file in files for term in yaml.safe_load(file.read_text())["terms"])


def at_home(words: Iterable[str]) -> list[str]:
    """The words with the home folder for ~ in values: neither shells nor Hydra know it there."""
    home = Path.home().as_posix()
    return [re.sub(r"(?<=[=,\[])~(?=/|$)", lambda _: home, word) for word in words]


def check_choices(words: Iterable[str]) -> None:
    """Refuses files for choices, and `GROUP=null`, which Hydra answers with a traceback."""
    for word in words:
        name, _, value = word.partition("=")
        if name in OWN and re.search(r"[/.]", value):
            raise UserError(f"{word}: no such choice; what is your own goes as {OWN[name]}{value}")
        if value == "null" and (choices := groups().get(name)):
            raise UserError(f"{name}=null: must be one of {', '.join(choices)}")
