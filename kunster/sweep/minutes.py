"""Expected training time of a sweep, measured on a few steps of some of its runs."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from kunster.console.progress import ProgressLine
from kunster.machine.cores import cores
from kunster.networks.arithmetic import flop_a_pixel
from kunster.networks.description import Stage
from kunster.results.identity import identity
from kunster.run.preparation import Run
from kunster.run.settings import stages_of
from kunster.run.training import expected_seconds
from kunster.sweep.points import Point

SAY_EVERY = 5.0  # seconds, where there is no terminal
SIZE = ("alpha", "beta", "network.alpha", "network.beta")


def expected_minutes(points: Sequence[Point], slots: int) -> list[float]:
    """Minutes of training on this machine, stage 1 counted once where runs share it.

    Only the runs of `to_time` are timed; others lie between them by multiply-adds. By these and not
    by parameters: most of those are in the residual blocks, which see a sixteenth of the pixels.

    Says on stderr how far it is.

    Args:
        slots: runs at once; each is timed with its share of the processor.

    Raises:
        UserError: something that a configuration names is not there.
    """
    if slots > 1:
        torch.set_num_threads(max(1, cores() // slots))
    stages, kinds = _to_train(points), _kinds(points)
    timed = [to_time(sizes) for sizes in kinds]
    count = sum(map(len, timed))
    others = ", the others by their multiply-adds" if count < len(points) else ""
    said = f"timing a few steps of {count} of {len(points)} runs{others}"
    print(said, file=sys.stderr, flush=True)
    line = ProgressLine("timed", count, every=SAY_EVERY)
    found, done = [0.0] * len(points), 0
    try:
        for sizes, chosen in zip(kinds, timed, strict=True):
            seconds: dict[Stage, dict[float, float]]
            seconds = {stage: {} for place in sizes for stage in stages[place]}
            for place in chosen:
                run = Run(points[place].composed, Path(points[place].name))
                for stage, known in seconds.items():
                    known[sizes[place]] = expected_seconds(run, run.stage(stage, sample_size=1))
                done += 1
                if line.due():
                    line.say(done, points[place].name)
            for place, size in sizes.items():
                found[place] = sum(between(seconds[each], size) for each in stages[place]) / 60
    finally:
        line.close()
    return found


def to_time(sizes: Mapping[int, float]) -> list[int]:
    """Keys of the smallest, a middle and the largest of sizes; of all where these are no more."""
    ordered = sorted(sizes, key=lambda place: sizes[place])
    return list(dict.fromkeys([ordered[0], ordered[len(ordered) // 2], ordered[-1]]))


def between(seconds: Mapping[float, float], size: float) -> float:
    """Seconds of a size, linear between those of the nearest known ones on both sides."""
    known = sorted(seconds)
    return float(np.interp(size, known, [seconds[each] for each in known]))


def _kinds(points: Sequence[Point]) -> list[dict[int, float]]:
    """Multiply-adds of runs by their place; together are those that differ in size alone."""
    kinds: dict[str, dict[int, float]] = {}
    for place, point in enumerate(points):
        kind = kinds.setdefault(identity(point.config, without=SIZE), {})
        kind[place] = flop_a_pixel(point.description) / 2
    return list(kinds.values())


def _to_train(points: Sequence[Point]) -> list[list[Stage]]:
    """The stages that each run trains, stage 1 in the first of those that share it."""
    seen: set[str | None] = {None}
    found = []
    for point in points:
        shared = point.first_stage in seen
        stages = stages_of(point.config)
        found.append([stage for stage in stages if stage != "perceptual" or not shared])
        seen.add(point.first_stage)
    return found
