"""The runs of a sweep: composed, checked and told apart before the first of them starts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig

from kunster.errors import UserError
from kunster.networks.description import Description
from kunster.networks.table2 import row_of_table2
from kunster.results.identity import identity
from kunster.run.configuration import composed, resolved
from kunster.run.settings import check_config
from kunster.sweep.grid import Grid


@dataclass(frozen=True)
class Point:
    """One run of a sweep.

    Attributes:
        name: of its run folder.
        overrides: of `kunster run`, less the folder.
        config: plain values, checked.
        composed: the same as Hydra composed it.
        description: of its network.
        identity: the same for the same configuration, whatever device or logger it runs with.
        first_stage: the same for runs with the same stage 1; None for those without one.
    """

    name: str
    overrides: tuple[str, ...]
    config: Mapping[str, Any]
    composed: DictConfig
    description: Description
    identity: str
    first_stage: str | None

    @property
    def id(self) -> int | None:
        """Its row of Table II; None if it is none of the 15."""
        return row_of_table2(self.description)


def compose_points(grid: Grid) -> list[Point]:
    """All runs of a grid, those of Table II in its order.

    Raises:
        UserError: a configuration that cannot be run, or two that are the same.
    """
    points = [_point(grid, values) for values in grid.points()]
    _check_distinct(points)
    return sorted(points, key=lambda point: (point.config["style"]["name"], point.id or 0))


def first_stage_identity(config: Mapping[str, Any]) -> str | None:
    """Identity of what stage 1 is trained with; None where there is no stage 1."""
    if "perceptual" not in config["stages"]:
        return None
    return identity(config, without=("stages", "clips", "objective.temporal"))


def _point(grid: Grid, values: Mapping[str, str]) -> Point:
    overrides = (*grid.common, *(f"{name}={value}" for name, value in values.items()))
    name = _name(grid, values)
    try:
        config = composed(overrides)
        plain, description = check_config(resolved(config))
    except UserError as error:
        raise UserError(f"{name}: {error}") from error
    identities = identity(plain), first_stage_identity(plain)
    return Point(name, overrides, plain, config, description, *identities)


def _name(grid: Grid, values: Mapping[str, str]) -> str:
    """`scream_a0.25_b0.5`: the values of the axes, the style first."""
    first = [values["style"]] if "style" in grid.axes else []
    short = {"alpha": "a", "beta": "b"}
    others = [
        f"{short.get(name) or name.rsplit('.', 1)[-1]}{value}"
        for name, value in values.items()
        if name != "style"
    ]
    return re.sub(r"[^\w.+-]+", "-", "_".join([*first, *others])) or "run"


def _check_distinct(points: Sequence[Point]) -> None:
    seen: dict[str, Point] = {}
    names: set[str] = set()
    for point in points:
        twin = seen.setdefault(point.identity, point)
        if twin is not point:
            raise UserError(f"{point.name} and {twin.name} are the same configuration: leave one")
        if point.name in names:
            raise UserError(f"{point.name}: two runs would share this folder; rename a value")
        names.add(point.name)
