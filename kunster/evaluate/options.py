"""Command-line arguments of `python -m kunster.evaluate`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from kunster.errors import UserError
from kunster.evaluate.loss import STYLE_WEIGHT
from kunster.measures.judge import SHIPPED

ACCELERATORS = ("auto", "cpu", "cuda", "mps")
LEAST = {"limit": 1, "painted": 0, "gatys": 0, "gatys_side": 64, "ruder": 0, "ruder_side": 64}
NEEDS = {"gatys": ("painting",), "ruder": ("painting", "sintel"), "without": ("sintel",)}


@dataclass(frozen=True)
class Options:
    """Parsed arguments; `python -m kunster.evaluate --help` explains them."""

    models: tuple[Path, ...]
    judge: str = SHIPPED
    painting: Path | None = None
    photos: Path | None = None
    sintel: Path | None = None
    without: tuple[str, ...] = ()
    video: Path | None = None
    out: Path | None = None
    limit: int = 50
    painted: int = 8
    deep: Path | None = None
    gatys: int = 0
    gatys_side: int = 256
    ruder: int = 0
    ruder_side: int = 180
    style_weight: float = STYLE_WEIGHT
    accelerator: str = "auto"


def parse(words: Sequence[str]) -> Options:
    """Options from arguments, each `key=value` or a model.

    Raises:
        UserError: an unknown key, a number that is not one or too small, a key without another
            that it needs, or no model.
    """
    known = [field.name for field in fields(Options) if field.name != "models"]
    models, values = [], {}
    for word in words:
        setting = re.fullmatch(r"(\w+)=(.*)", word)
        if setting is None or Path(word).exists():  # Hydra names folders alpha=1,beta=0.5
            models.append(Path(word).expanduser())
        elif setting[1] not in known:
            raise UserError(f"{word}: unknown; known are {', '.join(f'{key}=' for key in known)}")
        else:
            values[setting[1]] = setting[2]
    if not models:
        raise UserError("evaluate what? Give run folders or model files; --help tells more")
    numbers = {
        key: _whole(key, values.pop(key, str(getattr(Options, key))), least)
        for key, least in LEAST.items()
    }
    for key, needed in NEEDS.items():
        given = numbers.get(key) or values.get(key)
        missing = [each for each in needed if each not in values]
        if given and missing:
            raise UserError(f"{key}={given}: needs {missing[0]}=…; --help tells more")
    without = tuple(scene for scene in values.pop("without", "").split(",") if scene)
    texts = {key: values.pop(key) for key in ("judge", "accelerator") if key in values}
    if texts.get("accelerator", "auto") not in ACCELERATORS:
        raise UserError(f"accelerator={texts['accelerator']}: must be auto, cpu, cuda or mps")
    weight = _weight(values.pop("style_weight", str(STYLE_WEIGHT)))
    paths = {key: Path(value).expanduser() for key, value in values.items()}
    settings: dict[str, Any] = {**paths, **numbers, **texts, "style_weight": weight}
    return Options(tuple(models), without=without, **settings)


def _whole(key: str, value: str, least: int) -> int:
    if not value.isdecimal() or int(value) < least:
        raise UserError(f"{key}={value}: must be a whole number from {least} up")
    return int(value)


def _weight(value: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", value):
        raise UserError(f"style_weight={value}: must be a number from 0 up")
    return float(value)
