"""Which run and which of its stages a model came out of."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import yaml

from kunster.networks.description import Stage
from kunster.results.run_folder import CONFIG


@dataclass(frozen=True)
class Origin:
    """Where a network is from.

    Attributes:
        run: the run folder; of a model that is in none, its own file.
        output_weight: λ_o of the temporal loss, where the run's configuration has it and the
            network is of stage 2.
    """

    run: str
    stage: Stage
    output_weight: float | None = None


def origin_of(path: Path, stage: Stage) -> Origin:
    """The origin of a model file that says it is of `stage`."""
    if path.parent.name not in get_args(Stage):
        return Origin(str(path), stage)
    run = path.parent.parent
    return Origin(str(run), stage, _output_weight(run) if stage == "temporal" else None)


def _output_weight(run: Path) -> float | None:
    """None where an older run has none; an evaluation does not fail for want of a label."""
    try:
        value: Any = yaml.safe_load((run / CONFIG).read_text())
    except (OSError, ValueError, yaml.YAMLError):
        return None
    for name in ("objective", "temporal", "output_weight"):
        value = value.get(name) if isinstance(value, dict) else None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None
