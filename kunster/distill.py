"""`python -m kunster.distill`: trains the small perceptual network from a large one."""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from kunster.assets.trained import locate_model
from kunster.command import verb
from kunster.data.crops import Crops
from kunster.data.photos import folder_photos
from kunster.data.pictures import Pictures
from kunster.distill_state import progress_in, recipe_of
from kunster.errors import UserError
from kunster.hardware import choose_hardware, keep_freed_memory
from kunster.losses.distillation import (
    Deviations,
    Student,
    distillation_loss,
    fitted_projection,
    layer_agreement,
)
from kunster.losses.features import PerceptualNetwork
from kunster.losses.slim import ARCHITECTURE, save_slim
from kunster.losses.weights import load_encoder, load_vgg
from kunster.networks.model_file import load_model
from kunster.replacing import replacing


def distill(
    teachers: Sequence[PerceptualNetwork],
    pictures: Pictures,
    widths: Sequence[int],
    steps: int,
    batch: int,
    peak_rate: float = 2e-3,
    state: Path | None = None,
    start: Path | None = None,
    recipe: Mapping[str, object] | None = None,
) -> Student:
    """Trains a student of `ARCHITECTURE` on the layers that the teachers share with it.

    Each layer is taught by the first teacher that has it. Goes on from `state`, if that exists;
    else begins with the weights of the state file `start`, if one is given.

    Args:
        recipe: all that decides what is learned, as plain values; `state` keeps it.

    Raises:
        UserError: no teacher has a layer, or `state` is damaged or of another recipe.
    """
    assigned, recipe = _assign(teachers), dict(recipe or {})
    saved = None if state is None else progress_in(state, recipe)
    channels = [
        teacher.features(torch.zeros(1, 3, 32, 32), [layer])[0].shape[1]
        for layer, teacher in zip(ARCHITECTURE.style_layers, assigned, strict=True)
    ]
    student = Student(ARCHITECTURE, widths, channels).to(memory_format=torch.channels_last)
    if start is not None:
        student.load_state_dict(torch.load(start, weights_only=True)["student"])
    units = _start(student, teachers, assigned, pictures.batch(0, batch))
    optimizer = torch.optim.Adam(student.parameters(), peak_rate, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak_rate, steps, pct_start=0.1)
    deviations, first = Deviations(len(channels)), 0
    if saved is not None:
        student.load_state_dict(saved["student"])
        optimizer.load_state_dict(saved["optimizer"])
        schedule.load_state_dict(saved["schedule"])
        deviations.variance, first = saved["variance"], saved["step"]
    started = time.monotonic()
    for step in range(first, steps):
        images = pictures.batch(step, batch).contiguous(memory_format=torch.channels_last)
        targets = _targets(teachers, assigned, images, units)
        with torch.autocast("cpu", torch.bfloat16):
            ours = student.project([_thinned(features, step) for features in student(images)])
        terms = [
            distillation_loss(mine, target, deviations.update(index, target))
            for index, (mine, target) in enumerate(
                zip(ours, (_thinned(target, step) for target in targets), strict=True)
            )
        ]
        optimizer.zero_grad()
        torch.stack(terms).sum().backward()
        torch.nn.utils.clip_grad_norm_(student.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        if step % 20 == 19:
            seconds = (time.monotonic() - started) / (step + 1 - first)
            print(
                f"step {step + 1}/{steps}",
                *(
                    f"{layer} {term.item():.3f}"
                    for layer, term in zip(ARCHITECTURE.style_layers, terms, strict=True)
                ),
                f"{seconds:.2f} s a step",
                flush=True,
            )
        if state is not None and step % 100 == 99:
            progress = {
                "student": student.state_dict(),
                "optimizer": optimizer.state_dict(),
                "schedule": schedule.state_dict(),
                "variance": deviations.variance,
                "step": step + 1,
                "recipe": recipe,
            }
            with replacing(state) as part:
                torch.save(progress, part)
    return student


def _thinned(features: Tensor, step: int) -> Tensor:
    """Every second row and column of a large map: a full one says little more and costs most."""
    if features.shape[-1] < 128:
        return features
    return features[..., step % 2 :: 2, step // 2 % 2 :: 2]


def _assign(teachers: Sequence[PerceptualNetwork]) -> list[PerceptualNetwork]:
    """For each layer of the student the first teacher that has it.

    Raises:
        UserError: none has.
    """
    taught = {layer for teacher in teachers for layer in teacher.style_layers}
    missing = [layer for layer in ARCHITECTURE.style_layers if layer not in taught]
    if missing:
        names = " and ".join(teacher.source["name"] for teacher in teachers)
        raise UserError(
            f"{', '.join(missing)}: {names} cannot teach it; --deep-teacher takes an encoder that "
            "does"
        )
    return [
        next(teacher for teacher in teachers if layer in teacher.style_layers)
        for layer in ARCHITECTURE.style_layers
    ]


@torch.no_grad()
def _start(
    student: Student,
    teachers: Sequence[PerceptualNetwork],
    assigned: Sequence[PerceptualNetwork],
    images: Tensor,
) -> list[float]:
    """Fits the projections to an untrained student; returns each layer's unit, the teacher's RMS.

    Measured in other units, VGG's features of several hundred kill the student.
    """
    targets = _targets(teachers, assigned, images, [1.0] * len(assigned))
    units = [float(target.float().square().mean().sqrt()) for target in targets]
    for layer, features, target, unit in zip(
        ARCHITECTURE.style_layers, student(images), targets, units, strict=True
    ):
        projection = fitted_projection(features, target / unit)
        student.projections[layer].get_parameter("weight").copy_(projection[:, :, None, None])
    return units


@torch.no_grad()
def _targets(
    teachers: Sequence[PerceptualNetwork],
    assigned: Sequence[PerceptualNetwork],
    images: Tensor,
    units: Sequence[float],
) -> list[Tensor]:
    found: dict[str, Tensor] = {}
    for teacher in teachers:
        layers = [
            layer
            for layer, who in zip(ARCHITECTURE.style_layers, assigned, strict=True)
            if who is teacher
        ]
        found |= dict(zip(layers, teacher.features(images, layers), strict=True))
    return [
        found[layer] / unit for layer, unit in zip(ARCHITECTURE.style_layers, units, strict=True)
    ]


def evaluate_student(
    student: Student, teachers: Sequence[PerceptualNetwork], images: Tensor
) -> list[dict[str, float | str]]:
    """How well each layer stands in for the teacher's, on images (B, 3, H, W) not trained on."""
    assigned = _assign(teachers)
    targets = _targets(teachers, assigned, images, [1.0] * len(assigned))
    with torch.no_grad():
        features = student(images)
    return [
        {"layer": layer, **layer_agreement(ours, theirs)}
        for layer, ours, theirs in zip(ARCHITECTURE.style_layers, features, targets, strict=True)
    ]


@verb()
def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    keep_freed_memory()
    dtype = choose_hardware(accelerator="cpu").feature_dtype
    vgg = load_vgg(options.teacher)
    teachers = [vgg] + ([load_encoder(options.deep_teacher)] if options.deep_teacher else [])
    _assign(teachers)  # before photos are decoded, which takes long
    held = Crops(folder_photos(options.held_out), options.crop).batch(0, 16).float() / 255
    crops = Crops(folder_photos(options.photos), options.crop, scale=(0.5, 1.0), jitter=0.5)
    paintings = None
    if options.paintings:
        paintings = Crops(
            folder_photos(options.paintings), options.crop, 1, scale=(0.25, 0.9), jitter=0.5
        )
    torch.manual_seed(options.seed)
    student = distill(
        [teacher.cast(dtype) for teacher in teachers],
        Pictures(crops, paintings, stylizers=[load_model(path)[0] for path in options.stylizers]),
        options.widths,
        options.steps,
        options.batch,
        options.rate,
        options.out.with_suffix(".state"),
        options.start,
        recipe_of(options, teachers, crops, paintings),
    )
    figures = evaluate_student(student, teachers, held)
    names = ("steps", "batch", "crop", "widths", "seed")
    card = {
        "recipe": {name: getattr(options, name) for name in names},
        "teachers": [teacher.source["name"] for teacher in teachers],
        "stylizers": len(options.stylizers),
        "photos": [len(crops.photos), 0 if paintings is None else len(paintings.photos)],
        "held_out": figures,
        "licence": LICENCE,
    }
    source = {"name": "slim", "source": "distilled", "sha256": ""}
    save_slim(student.weights(source), options.out, card)
    for row in figures:
        print(*(f"{name} {value}" for name, value in row.items()))
    print(f"{options.out}: {options.out.stat().st_size / 1e3:.0f} KB")


LICENCE = (
    "Learned from features of the Oxford VGG networks (Simonyan & Zisserman 2015, CC BY 4.0); "
    "relu4_1 from an encoder compressed from VGG-19 (Wang et al. 2020)."
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kunster.distill", description=__doc__)
    parser.add_argument("--teacher", type=Path, required=True, help="VGG-16 or VGG-19 weights")
    parser.add_argument(
        "--deep-teacher", type=Path, help="compressed encoder, for relu4_1, which no VGG teaches"
    )
    parser.add_argument("--photos", type=Path, required=True, help="a folder of photos")
    parser.add_argument("--paintings", type=Path, help="a folder of paintings, mixed in")
    parser.add_argument(
        "--stylizers",
        type=locate_model,
        nargs="*",
        default=[],
        help="networks trained on an earlier student: files, or styles that ship (scream:8)",
    )
    parser.add_argument("--start", type=Path, help="a .state file to begin from")
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
    parser.add_argument("--held-out", type=Path, required=True, help="photos to judge by")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("slim.safetensors"),
        help="file to write; a killed training goes on from the .state beside it",
    )
    parser.add_argument("--widths", type=int, nargs=4, default=[16, 32, 64, 128])
    parser.add_argument("--steps", type=int, default=1300)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--crop", type=int, default=192, help="pixels")
    parser.add_argument("--seed", type=int, default=0)
    return parser


if __name__ == "__main__":
    sys.exit(main())
