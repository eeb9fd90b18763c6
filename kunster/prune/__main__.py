"""`python -m kunster.prune MODEL --to 14`: a smaller network of the same family, cut out of it."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import get_args

import torch

from kunster.assets.trained import locate_model
from kunster.console.command import Arguments, verb
from kunster.errors import UserError
from kunster.measures.photos import evaluation_photos
from kunster.networks.description import Description
from kunster.networks.model_file import load_model, save_model, with_weights
from kunster.networks.stylizer import Stylizer, parameter_count
from kunster.networks.table2 import KINDS_IN_TABLE2, ROWS
from kunster.pictures.images import as_image
from kunster.prune.cutting import pruned
from kunster.prune.groups import Shape, shape_of
from kunster.prune.importance import Measure, importance_by

PHOTO_SIDE = 128  # pixels, the shorter side: every channel is tried on every photo


@verb()
def main(arguments: Arguments = None) -> None:
    """Writes the smaller network and prints the command that trains it on."""
    options = _parser().parse_args(arguments)
    network, description = load_model(locate_model(options.model))
    target = _target(options, description)
    smaller, shape = shape_of(_outline(target)), shape_of(network)
    _check(f"{options.model}: its {shape}", shape, smaller)
    path = options.out or options.model.with_name(
        f"pruned_a{target.alpha:g}_b{target.beta:g}.safetensors"
    )
    if path.suffix != ".safetensors":
        raise UserError(f"--out {path}: must end in .safetensors")
    photos = [
        as_image(photo) for photo in evaluation_photos(options.photos, options.limit, PHOTO_SIDE)
    ]
    importance = importance_by(options.by, photos)
    save_model(with_weights(target, pruned(network, smaller, importance, photos)), target, path)
    print(f"{shape}, {description.parameters:,} parameters")
    print(f"{smaller}, {target.parameters:,} parameters: {path}")
    print(f"train it on: {_command(target, path)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kunster.prune",
        description="Cuts the channels and blocks that matter least out of a trained network.",
    )
    parser.add_argument(
        "model", type=Path, help="a .ckpt or .safetensors file, or a style that ships (scream:8)"
    )
    parser.add_argument("--to", type=int, metavar="ID", help="the network of Table II to become")
    parser.add_argument("--alpha", type=float, help="its width, in place of an id")
    parser.add_argument("--beta", type=float, help="its depth")
    parser.add_argument(
        "--by",
        choices=get_args(Measure),
        default="scale",
        help="what a channel is worth: its norm's scale (default), the size of its filters, or the "
        "change of the stylized photos without it, which takes longer",
    )
    parser.add_argument("--photos", type=Path, help="a folder (default: photos that ship)")
    parser.add_argument("--limit", type=int, default=6, help="of photos (default: 6)")
    parser.add_argument(
        "--out",
        type=Path,
        help=".safetensors file (default: beside the model; of a style that ships, here)",
    )
    return parser


def _target(options: argparse.Namespace, description: Description) -> Description:
    """The network to become, of the same style, stage, norm and version.

    Raises:
        UserError: no target is given, or there is no such network.
    """
    if description.kind not in KINDS_IN_TABLE2:
        kinds = " and ".join(KINDS_IN_TABLE2)
        raise UserError(f"{options.model}: network={description.kind} is not pruned, {kinds} are")
    if options.limit < 1:
        raise UserError(f"--limit {options.limit}: must be 1 or more")
    given = {"alpha": options.alpha, "beta": options.beta}
    given = {name: value for name, value in given.items() if value is not None}
    if options.to is not None:
        if given:
            raise UserError("--to says alpha and beta by itself; give one or the other")
        row = next((row for row in ROWS if row.id == options.to), None)
        if row is None:
            raise UserError(f"--to {options.to}: Table II has the ids 1 to {len(ROWS)}")
        given = {"alpha": row.alpha, "beta": row.beta, "layout": "table2"}
    if not given:
        raise UserError("no target: give --to 14, or --alpha and --beta")
    target = replace(description, **given)
    return replace(target, parameters=parameter_count(_outline(target)))


def _outline(description: Description) -> Stylizer:
    """The network without memory for its values."""
    with torch.device("meta"):
        return description.build()


def _check(ours: str, shape: Shape, smaller: Shape) -> None:
    if smaller == shape:
        raise UserError(f"{ours} are what is asked for; nothing to prune")
    if not smaller.fits_into(shape):
        raise UserError(f"{ours} cannot be cut to {smaller}: pruning adds nothing")


def _command(target: Description, path: Path) -> str:
    """The command that trains the pruned network, in the stage of the original."""
    norm = "" if target.norm == "instance" else f" norm={target.norm}"
    layout = "" if target.layout == "table2" else f" layout={target.layout}"
    return (
        f"python -m kunster.run style.name={target.style} network={target.kind} "
        f"alpha={target.alpha:g} beta={target.beta:g}{layout}{norm} stages=[{target.stage}] "
        f"start={path}"
    )


if __name__ == "__main__":
    sys.exit(main())
