"""Trains the small perceptual network from features of large ones."""

import argparse
import sys
from pathlib import Path

import torch

from kunster.assets.trained import locate_model
from kunster.console.command import Arguments, verb
from kunster.data.crops import Crops
from kunster.data.photos import folder_photos
from kunster.data.pictures import Pictures
from kunster.distill.state import recipe_of
from kunster.distill.teachers import Teachers
from kunster.distill.training import agreement, distill
from kunster.losses.slim import save_slim
from kunster.losses.weights import load_encoder, load_vgg
from kunster.machine.hardware import best_precision, feature_dtype, keep_freed_memory
from kunster.networks.model_file import load_model

LICENCE = (
    "Learned from features of the Oxford VGG networks (Simonyan & Zisserman 2015, CC BY 4.0); "
    "relu4_1 from an encoder compressed from VGG-19 (Wang et al. 2020)."
)


@verb()
def main(arguments: Arguments = None) -> None:
    options = _parser().parse_args(arguments)
    keep_freed_memory()
    dtype = feature_dtype(best_precision("cpu"))
    networks = [load_vgg(options.teacher)]
    if options.deep_teacher:
        networks.append(load_encoder(options.deep_teacher))
    teachers = Teachers(networks)  # checked first, because decoding photos takes long
    held = Crops(folder_photos(options.held_out), options.crop).batch(0, 16).float() / 255
    crops = Crops(folder_photos(options.photos), options.crop, scale=(0.5, 1.0), jitter=0.5)
    paintings = None
    if options.paintings:
        paintings = Crops(
            folder_photos(options.paintings), options.crop, 1, scale=(0.25, 0.9), jitter=0.5
        )
    torch.manual_seed(options.seed)
    student = distill(
        teachers.cast(dtype),
        Pictures(crops, paintings, stylizers=[load_model(path)[0] for path in options.stylizers]),
        options.widths,
        options.steps,
        options.batch,
        options.rate,
        options.out.with_suffix(".state"),
        options.start,
        recipe_of(options, networks, crops, paintings),
    )
    figures = agreement(student, teachers, held)
    names = ("steps", "batch", "crop", "widths", "seed")
    card = {
        "recipe": {name: getattr(options, name) for name in names},
        "teachers": [network.source["name"] for network in networks],
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kunster.distill", description=__doc__)
    parser.add_argument("--teacher", type=Path, required=True, help="VGG-16 or VGG-19 weights")
    parser.add_argument(
        "--deep-teacher", type=Path, help="compressed VGG-19 encoder, the teacher of relu4_1"
    )
    parser.add_argument("--photos", type=Path, required=True, help="a folder of photos")
    parser.add_argument(
        "--paintings", type=Path, help="a folder of paintings, mixed into the photos"
    )
    parser.add_argument(
        "--stylizers",
        type=locate_model,
        nargs="*",
        default=[],
        help="networks whose output is trained on: files, or styles that ship (scream:8)",
    )
    parser.add_argument("--start", type=Path, help=".state file to start from")
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
    parser.add_argument(
        "--held-out", type=Path, required=True, help="a folder of photos for validation"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("slim.safetensors"),
        help="file to write; an interrupted training resumes from the .state file beside it",
    )
    parser.add_argument("--widths", type=int, nargs=4, default=[16, 32, 64, 128])
    parser.add_argument("--steps", type=int, default=1300)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--crop", type=int, default=192, help="pixels")
    parser.add_argument("--seed", type=int, default=0)
    return parser


if __name__ == "__main__":
    sys.exit(main())
