"""The configuration's folder and the choices in it, read without Hydra."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml

from kunster.errors import UserError

PACKAGE = Path(__file__).parents[1]
# inside an installed package, beside it in a checkout
CONF = next(path for path in (PACKAGE / "conf", PACKAGE.parent / "conf") if path.is_dir())


def groups() -> dict[str, list[str]]:
    """The choices of each group, as a command line names both; `_name.yaml` is a part of others."""
    found: dict[str, list[str]] = {}
    for file in sorted(CONF.glob("*/**/[!_]*.yaml")):
        found.setdefault(file.parent.relative_to(CONF).as_posix(), []).append(file.stem)
    return found


@cache
def default_terms() -> tuple[str, ...]:
    """The loss terms that a run has by default, of stage 1 and then of stage 2."""
    files = (CONF / "objective" / f"{stage}.yaml" for stage in ("perceptual", "temporal"))
    return tuple(term for file in files for term in yaml.safe_load(file.read_text())["terms"])


def check_choices(words: Iterable[str]) -> None:
    """Refuses `GROUP=null`, which Hydra answers with a traceback."""
    for name in (word.removesuffix("=null") for word in words if word.endswith("=null")):
        if choices := groups().get(name):
            raise UserError(f"{name}=null: must be one of {', '.join(choices)}")
