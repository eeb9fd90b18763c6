"""The grid of a sweep: the axes of its file, changed by overrides of the command line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from kunster.console.choices import among
from kunster.errors import UserError
from kunster.files.conf import SWEEPS, at_home
from kunster.results.run_folder import read_mapping
from kunster.run.configuration import explained

KEYS = ("experiment", "grid", "overrides")
# set by the sweep itself, for every run
OF_THE_SWEEP = ("hydra.run", "hydra.sweep", "hydra.job", "resume", "overwrite")


@dataclass(frozen=True)
class Grid:
    """Overrides common to all runs of a sweep, and the axes along which they differ.

    Attributes:
        common: overrides of every run, in Hydra's grammar.
        axes: values by name, each as it is written in an override; the last varies fastest.
    """

    common: tuple[str, ...]
    axes: Mapping[str, tuple[str, ...]]

    def points(self) -> list[dict[str, str]]:
        """Every combination: a value for each axis."""
        return [
            dict(zip(self.axes, values, strict=True)) for values in product(*self.axes.values())
        ]


def find_sweep(sweep: Path) -> Path:
    """The sweep file at a path, or the one that ships under a name, `table2`.

    Raises:
        UserError: neither is there.
    """
    if sweep.is_file():
        return sweep
    shipped = {path.stem: path for path in SWEEPS.glob("*.yaml") if "wandb" not in path.stem}
    if str(sweep) not in shipped:
        known = among(sweep.stem, shipped)
        raise UserError(f"{sweep}: no such file, nor a sweep that ships; {known}")
    return shipped[str(sweep)]


def read_grid(path: Path, overrides: Sequence[str] = ()) -> Grid:
    """The grid of a sweep file, changed by overrides as a Hydra multirun would take them.

    `style=scream,udnie` adds an axis or replaces the file's; `seed=3` holds for every run.

    Raises:
        UserError: what the file or an override says is no sweep.
    """
    content = _read(path)
    axes = {name: _values(path, name, values) for name, values in content["grid"].items()}
    common = [f"+experiment={content['experiment']}"]
    for override in _parsed(at_home([*content["overrides"], *overrides])):
        if override.is_sweep_override():
            name = override.get_key_element()
            axes[name] = _distinct(name, [*override.sweep_string_iterator()])
        else:
            axes.pop(override.get_key_element(), None)
            common.append(str(override.input_line))
    return Grid(tuple(common), axes)


def _read(path: Path) -> dict[str, Any]:
    content = read_mapping(path, yaml.safe_load)
    unknown = [str(key) for key in content if key not in KEYS]
    if unknown:
        raise UserError(f"{path}: {unknown[0]}: no key of a sweep file; {', '.join(KEYS)} are")
    if not isinstance(content.get("experiment"), str):
        raise UserError(f"{path}: experiment must name one of conf/experiment, scream say")
    if not isinstance(content.get("grid"), dict) or not content["grid"]:
        raise UserError(f"{path}: grid must give each name a list of values, alpha: [1, 0.5] say")
    chosen = content.get("overrides") or []
    if not isinstance(chosen, list) or not all(isinstance(each, str) for each in chosen):
        raise UserError(f"{path}: overrides must be a list of texts, [seed=3] say")
    return {**content, "overrides": chosen}


def _values(path: Path, name: str, values: object) -> tuple[str, ...]:
    if not isinstance(values, list) or not values:
        raise UserError(f"{path}: grid: {name}: must be a list of one or more values")
    for value in values:
        if not isinstance(value, str | int | float | bool):
            raise UserError(f"{path}: grid: {name}: {value}: must be a number or a text")
    return _distinct(name, [_text(value) for value in values])


def _text(value: str | int | float | bool) -> str:
    """The value in Hydra's grammar, the same for 1 and 1.0."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else value


def _distinct(name: str, values: Sequence[str]) -> tuple[str, ...]:
    twice = [value for value in values if values.count(value) > 1]
    if twice:
        raise UserError(f"{name}: {twice[0]} stands twice: each value of a grid trains once")
    return tuple(values)


def _parsed(overrides: Sequence[str]) -> list[Override]:
    try:
        found = OverridesParser.create().parse_overrides(list(overrides))
    except HydraException as error:
        raise UserError(explained(error)) from error
    for override in found:
        key = override.get_key_element().lstrip("+~")
        if key.startswith(OF_THE_SWEEP):
            raise UserError(f"{override.input_line}: the sweep sets this for every run")
    return found
