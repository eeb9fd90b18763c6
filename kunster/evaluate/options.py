"""Command-line arguments of `python -m kunster.evaluate`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

from annotated_types import Ge, Le
from pydantic import FiniteFloat

from kunster.console.values import coerced
from kunster.errors import UserError
from kunster.evaluate.loss import STYLE_WEIGHT
from kunster.measures.judge import SHIPPED
from kunster.video.steady import DEFAULT

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
    steady: Annotated[FiniteFloat, Ge(0), Le(1)] = DEFAULT
    out: Path | None = None
    limit: Annotated[int, Ge(1)] = 50
    painted: Annotated[int, Ge(0)] = 8
    deep: Path | None = None
    gatys: Annotated[int, Ge(0)] = 0
    gatys_side: Annotated[int, Ge(64)] = 256
    ruder: Annotated[int, Ge(0)] = 0
    ruder_side: Annotated[int, Ge(64)] = 180
    style_weight: Annotated[FiniteFloat, Ge(0)] = STYLE_WEIGHT
    accelerator: Literal["auto", "cpu", "cuda", "mps"] = "auto"


def parse(words: Sequence[str]) -> Options:
    """Options from arguments, each `key=value` or a model.

    Raises:
        UserError: an unknown key, a value of another type or too small, a key without another that
            it needs, or no model.
    """
    hints = get_type_hints(Options, include_extras=True)
    del hints["models"]
    models, values = [], {}
    for word in words:
        setting = re.fullmatch(r"(\w+)=(.*)", word)
        if setting is None or Path(word).exists():  # Hydra names folders alpha=1,beta=0.5
            models.append(Path(word).expanduser())
        elif setting[1] not in hints:
            raise UserError(f"{word}: unknown; known are {', '.join(f'{key}=' for key in hints)}")
        else:
            values[setting[1]] = _value(setting[1], setting[2], hints[setting[1]])
    if not models:
        raise UserError("evaluate what? Give run folders or model files; --help tells more")
    for key, needed in NEEDS.items():
        missing = [each for each in needed if each not in values]
        if values.get(key) and missing:
            given = next(word for word in words if word.startswith(f"{key}="))
            raise UserError(f"{given}: needs {missing[0]}=…; --help tells more")
    return Options(tuple(models), **values)


def _value(key: str, text: str, hint: Any) -> Any:
    if key == "without":
        return tuple(scene for scene in text.split(",") if scene)
    value = coerced(text, hint, key)
    return value.expanduser() if isinstance(value, Path) else value
