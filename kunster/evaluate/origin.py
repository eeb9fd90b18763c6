"""The run and stage that a model is from."""

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from kunster.networks.description import Stage
from kunster.results.run_folder import setting

OUTPUT_WEIGHT = "objective.temporal.terms.output.weight"


@dataclass(frozen=True)
class Origin:
    """Run and stage of a network.

    Attributes:
        run: the run folder; the model's own file if it is in none.
        output_weight: λ_o of the temporal loss; None in stage 1 and if unknown.
    """

    run: str
    stage: Stage
    output_weight: float | None = None


def origin_of(path: Path, stage: Stage) -> Origin:
    """Origin of a model file of `stage`."""
    if path.parent.name not in get_args(Stage):
        return Origin(str(path), stage)
    run = path.parent.parent
    weight = setting(run, OUTPUT_WEIGHT) if stage == "temporal" else None
    # an evaluation does not fail for want of a label
    return Origin(str(run), stage, float(weight) if isinstance(weight, int | float) else None)
