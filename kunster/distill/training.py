"""Training of the small perceptual network, and its agreement with the teachers."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from kunster.data.pictures import Pictures
from kunster.distill.state import progress_in
from kunster.distill.teachers import Teachers
from kunster.files.replacing import replacing
from kunster.losses.distillation import (
    Deviations,
    Student,
    distillation_loss,
    fitted_projection,
    layer_agreement,
)
from kunster.losses.slim import ARCHITECTURE

LAYERS = ARCHITECTURE.style_layers
SAY_EVERY, KEEP_EVERY = 20, 100  # steps


def distill(
    teachers: Teachers,
    pictures: Pictures,
    widths: Sequence[int],
    steps: int,
    batch: int,
    peak_rate: float = 2e-3,
    state: Path | None = None,
    start: Path | None = None,
    recipe: Mapping[str, object] | None = None,
) -> Student:
    """Trains a student of `ARCHITECTURE` to predict the teachers' features.

    Args:
        state: checkpoint to write, and to resume from if it exists.
        start: checkpoint whose weights a new training starts with.
        recipe: settings that determine the result; stored in `state`.

    Raises:
        UserError: `state` is damaged or of another recipe.
    """
    recipe = dict(recipe or {})
    saved = None if state is None else progress_in(state, recipe)
    channels = [features.shape[1] for features in teachers.features(torch.zeros(1, 3, 32, 32))]
    student = Student(ARCHITECTURE, widths, channels).to(memory_format=torch.channels_last)
    if start is not None:
        student.load_state_dict(torch.load(start, weights_only=True)["student"])
    units = _fit(student, teachers, pictures.batch(0, batch))
    optimizer = torch.optim.Adam(student.parameters(), peak_rate, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak_rate, steps, pct_start=0.1)
    deviations, first = Deviations(len(LAYERS)), 0
    if saved is not None:
        student.load_state_dict(saved["student"])
        optimizer.load_state_dict(saved["optimizer"])
        schedule.load_state_dict(saved["schedule"])
        deviations.variance, first = saved["variance"], saved["step"]
    started = time.monotonic()
    for step in range(first, steps):
        images = pictures.batch(step, batch).contiguous(memory_format=torch.channels_last)
        targets = [
            _thinned(target / unit, step)
            for target, unit in zip(teachers.features(images), units, strict=True)
        ]
        with torch.autocast("cpu", torch.bfloat16):
            ours = student.project([_thinned(features, step) for features in student(images)])
        terms = [
            distillation_loss(mine, target, deviations.update(index, target))
            for index, (mine, target) in enumerate(zip(ours, targets, strict=True))
        ]
        optimizer.zero_grad()
        torch.autograd.backward(torch.stack(terms).sum())
        torch.nn.utils.clip_grad_norm_(student.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        done = step + 1
        if done % SAY_EVERY == 0:
            losses = [f"{name} {term.item():.3f}" for name, term in zip(LAYERS, terms, strict=True)]
            seconds = (time.monotonic() - started) / (done - first)
            print(f"step {done}/{steps}", *losses, f"{seconds:.2f} s a step", flush=True)
        if state is not None and done % KEEP_EVERY == 0:
            progress = {
                "student": student.state_dict(),
                "optimizer": optimizer.state_dict(),
                "schedule": schedule.state_dict(),
                "variance": deviations.variance,
                "step": done,
                "recipe": recipe,
            }
            with replacing(state) as part:
                torch.save(progress, part)
    return student


def agreement(student: Student, teachers: Teachers, images: Tensor) -> list[dict[str, float | str]]:
    """Explained variance and Gram error of each layer, on validation images (B, 3, H, W)."""
    with torch.no_grad():
        features = student(images)
    return [
        {"layer": layer, **layer_agreement(ours, theirs)}
        for layer, ours, theirs in zip(LAYERS, features, teachers.features(images), strict=True)
    ]


@torch.no_grad()
def _fit(student: Student, teachers: Teachers, images: Tensor) -> list[float]:
    """Fits the projections to the untrained student; returns the RMS of each teacher layer.

    Targets are divided by it: VGG features of several hundred make the student's ReLUs die.
    """
    targets = teachers.features(images)
    units = [float(target.float().square().mean().sqrt()) for target in targets]
    for layer, features, target, unit in zip(LAYERS, student(images), targets, units, strict=True):
        projection = fitted_projection(features, target / unit)
        student.projections[layer].get_parameter("weight").copy_(projection[:, :, None, None])
    return units


def _thinned(features: Tensor, step: int) -> Tensor:
    """Every second row and column of a large map, which saves most of the time."""
    if features.shape[-1] < 128:
        return features
    return features[..., step % 2 :: 2, step // 2 % 2 :: 2]
