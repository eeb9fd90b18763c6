"""Expected training time of a sweep, measured on a few steps of each run."""

import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from kunster.console.progress import ProgressLine
from kunster.machine.cores import cores
from kunster.run.preparation import Run
from kunster.run.settings import stages_of
from kunster.run.training import expected_seconds
from kunster.sweep.points import Point

SAY_EVERY = 5.0  # seconds, where there is no terminal


def expected_minutes(points: Sequence[Point], slots: int) -> list[float]:
    """Minutes of training on this machine, stage 1 counted once where runs share it.

    Says on stderr how far it is.

    Args:
        slots: runs at once; each is timed with its share of the processor.

    Raises:
        UserError: something that a configuration names is not there.
    """
    if slots > 1:
        torch.set_num_threads(max(1, cores() // slots))
    seen: set[str | None] = {None}
    found: list[float] = []
    print(f"timing a few steps of each of {len(points)} runs", file=sys.stderr, flush=True)
    line = ProgressLine("timed", len(points), every=SAY_EVERY)
    try:
        for point in points:
            run = Run(point.composed, Path(point.name))
            stages = [
                stage
                for stage in stages_of(point.config)
                if stage != "perceptual" or point.first_stage not in seen
            ]
            seen.add(point.first_stage)
            found.append(sum(expected_seconds(run, run.stage(stage)) for stage in stages) / 60)
            if line.due():
                line.say(len(found), point.name)
    finally:
        line.close()
    return found
