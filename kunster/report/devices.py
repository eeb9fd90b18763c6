"""Speeds of devices, as the button "Measure this device" of `kunster page --measure` saves them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from annotated_types import Ge, Gt, Le, MinLen
from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError, model_validator

from kunster.errors import UserError
from kunster.results.run_folder import read_mapping

ENGINES = {"webgpu": "WebGPU", "wasm": "WebAssembly"}
Time = Annotated[FiniteFloat, Gt(0)]  # milliseconds


class Speed(NamedTuple):
    """FPS of a network: the median, and what nine and one picture of ten reach at least."""

    parameters: int
    median: float
    slow: float
    fast: float


@dataclass(frozen=True)
class Device:
    """An engine of a device.

    Attributes:
        name: the file's, and the engine.
        speeds: by size, as in Table II, the fewest parameters first.
    """

    name: str
    agent: str
    speeds: Mapping[str, Sequence[Speed]]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Milliseconds(_Strict):
    p10: Time
    median: Time
    p90: Time

    @model_validator(mode="after")
    def _in_order(self) -> "_Milliseconds":
        if not self.p10 <= self.median <= self.p90:
            raise ValueError("p10, median and p90 must rise")
        return self


class _Row(_Strict):
    engine: Literal["webgpu", "wasm"]
    size: Literal["480x320", "320x240"]
    id: Annotated[int, Ge(1), Le(15)]
    parameters: Annotated[int, Ge(1)]
    milliseconds: _Milliseconds


class _Measurement(_Strict):
    agent: str
    rows: Annotated[list[_Row], MinLen(1)]


def read_device(path: Path) -> list[Device]:
    """The engines in a file, as long as they were measured.

    Raises:
        UserError: absent, damaged, or something else.
    """
    content = read_mapping(path, json.loads)
    try:
        found = _Measurement.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UserError(
            f"{path}: {place}: {first['msg']}; must be what “Measure this device” saved, on a page "
            "of `kunster page --measure`"
        ) from error
    engines = {row.engine: ENGINES[row.engine] for row in found.rows}
    return [
        Device(f"{path.stem}, {name}", found.agent, _speeds(found.rows, engine))
        for engine, name in engines.items()
    ]


def _speeds(rows: Sequence[_Row], engine: str) -> dict[str, list[Speed]]:
    speeds: dict[str, list[Speed]] = {}
    for row in rows:
        if row.engine == engine:
            times = row.milliseconds
            speed = Speed(row.parameters, *(1000 / t for t in (times.median, times.p90, times.p10)))
            speeds.setdefault(row.size, []).append(speed)
    return {size: sorted(line) for size, line in speeds.items()}
