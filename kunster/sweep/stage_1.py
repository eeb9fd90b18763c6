"""Runs that differ in stage 2 alone share their stage 1: one trains it, the others copy it."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import yaml

from kunster.files.replacing import replacing
from kunster.results.run_folder import CONFIG
from kunster.sweep.folder import SHIPPED
from kunster.sweep.points import Point

STAGE = "perceptual"


def in_training(folder: Path, point: Point, busy: Sequence[Point]) -> bool:
    """True while another run trains the stage 1 that this one needs."""
    return any(_share(point, other) and not _trained(folder, other) for other in busy)


def take_over(folder: Path, point: Point, points: Sequence[Point]) -> None:
    """Begins a run with the stage 1 of another, if one has it; the run resumes from there."""
    if (folder / point.name).exists():
        return
    twins = (other for other in points if _share(point, other) and _trained(folder, other))
    twin = next(twins, None)
    if twin is None:
        return
    with replacing(folder / point.name) as part:
        shutil.copytree(folder / twin.name / STAGE, part / STAGE)
        (part / CONFIG).write_text(yaml.safe_dump(dict(point.config), allow_unicode=True))


def _share(point: Point, other: Point) -> bool:
    return other is not point and point.first_stage == other.first_stage is not None


def _trained(folder: Path, point: Point) -> bool:
    """The picture is the last that a stage writes."""
    return all((folder / point.name / STAGE / file).is_file() for file in SHIPPED)
