"""How long the runs of a sweep will train, told from a few steps of each of them."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track

from kunster.machine.cores import cores
from kunster.run.preparation import Run
from kunster.run.settings import stages_of
from kunster.run.training import expected_seconds
from kunster.sweep.points import Point


def expected_minutes(points: Sequence[Point], slots: int, console: Console) -> list[float]:
    """Minutes of training on this machine, stage 1 counted once where runs share it.

    Args:
        slots: runs at once; each is timed with its share of the processor.

    Raises:
        UserError: something that a configuration names is not there.
    """
    import torch

    if slots > 1:
        torch.set_num_threads(max(1, cores() // slots))
    seen: set[str | None] = {None}
    found = []
    what, hidden = "timing a few steps of each", not console.is_terminal
    for point in track(points, what, console=console, transient=True, disable=hidden):
        run = Run(point.composed, Path(point.name))
        stages = [
            stage
            for stage in stages_of(point.config)
            if stage != "perceptual" or point.first_stage not in seen
        ]
        seen.add(point.first_stage)
        found.append(sum(expected_seconds(run, run.stage(stage)) for stage in stages) / 60)
    return found
