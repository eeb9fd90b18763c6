"""`python -m kunster.blend scream starry_night --weights 0.7 0.3 --out mixed.safetensors`.

A style between styles, in a file like any other: `kunster.stylize`, `kunster.export` and
`kunster.page` take it.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np

from kunster.blend.path import Figures, Trained, figures_between, path_picture, stops_between
from kunster.console.command import Arguments, verb
from kunster.data.preview_photos import preview_pictures
from kunster.errors import UserError
from kunster.measures.judge import load_judge
from kunster.measures.photos import evaluation_photos
from kunster.networks.blending import (
    agreement,
    blend_description,
    blended,
    check_alike,
    shares_of,
)
from kunster.networks.model_file import save_model, with_weights
from kunster.pictures.images import write_jpeg, write_png
from kunster.video.models import open_stylizer

PHOTO_SIDE = 320  # pixels; short side of photos of a folder
RELATED = 0.1  # agreement above which networks began alike: docs/blends.md
WRITERS: dict[str, Callable[[np.ndarray, Path], None]] = {
    ".png": write_png,
    ".jpg": partial(write_jpeg, quality=80),
}


@verb()
def main(arguments: Arguments = None) -> None:
    """Writes the blend, the strip of pictures between the networks, or both."""
    options = _parser().parse_args(arguments)
    _check(options)
    networks = {model: open_stylizer(model) for model in options.models}
    check_alike({model: description for model, (_, description) in networks.items()})
    _warn_of_strangers(networks)
    photos = _photos(options.photos, options.limit) if options.strip else []
    if options.out:
        _write_blend(list(networks.values()), options.weights, options.out)
    if options.strip:
        _draw_path(networks, photos, options.strip)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kunster.blend",
        description="Makes one network that paints between the styles of several, by averaging "
        "their weights. It works for networks of one layout that were trained from the same start: "
        "runs with start=… of one network, or styles that ship of one id and kind.",
    )
    parser.add_argument(
        "models",
        nargs="+",
        metavar="MODEL",
        help="two or more: run folders, .safetensors, .ckpt or .onnx files, styles that ship "
        "(scream, scream:8, scream:8:perceptual)",
    )
    parser.add_argument(
        "--weights",
        nargs="+",
        type=float,
        metavar="W",
        help="one a model, from 0 up: 0.7 0.3, or 7 3 (default: the same for all)",
    )
    parser.add_argument("--out", type=Path, help="the .safetensors file to write the blend to")
    parser.add_argument(
        "--strip",
        type=Path,
        metavar="FILE",
        help="a .jpg or .png: each model's way to the next in five steps on one photo; their "
        "distances from both paintings and from the photos are printed",
    )
    parser.add_argument(
        "--photos", type=Path, help="a folder, for --strip (default: four photos that ship)"
    )
    parser.add_argument("--limit", type=int, default=25, help="of its photos (default: 25)")
    return parser


def _check(options: argparse.Namespace) -> None:
    """Validates the options."""
    if len(set(options.models)) < len(options.models) or len(options.models) < 2:
        raise UserError("blend what? Give two different models or more; --help tells how")
    if options.out is None and options.strip is None:
        raise UserError("to where? --out mixed.safetensors, or --strip path.jpg to look first")
    if options.weights is not None:
        if len(options.weights) != len(options.models):
            raise UserError(
                f"--weights: {len(options.weights)} for {len(options.models)} models; give one each"
            )
        shares_of(options.weights)
    if options.out is not None and options.out.suffix != ".safetensors":
        raise UserError(f"--out {options.out}: must end in .safetensors")
    if options.strip is not None and options.strip.suffix not in WRITERS:
        raise UserError(f"--strip {options.strip}: must end in {' or '.join(WRITERS)}")
    if options.limit < 1:
        raise UserError(f"--limit {options.limit}: must be 1 or more")


def _warn_of_strangers(networks: dict[str, Trained]) -> None:
    """Warns on stderr about networks that were not trained from the same start as the first."""
    first, *others = networks
    weights = {model: network.state_dict() for model, (network, _) in networks.items()}
    for other in others:
        found = agreement(weights[first], weights[other])
        if found < RELATED:
            print(
                f"{first} and {other} were not trained from the same start (their weights agree "
                f"to {found:.2f}): what is between them will hardly be a picture",
                file=sys.stderr,
            )


def _write_blend(networks: Sequence[Trained], weights: Sequence[float] | None, path: Path) -> None:
    shares = shares_of(weights or [1.0] * len(networks))
    description = blend_description([description for _, description in networks], shares)
    tensors = blended([network.state_dict() for network, _ in networks], shares)
    save_model(with_weights(description, tensors), description, path)
    print(f"{path}  {description.style}")


def _draw_path(networks: dict[str, Trained], photos: Sequence[np.ndarray], path: Path) -> None:
    judge = load_judge()
    paths = []
    for (first, one), (second, other) in pairwise(networks.items()):
        stops = stops_between(one, other)
        paths.append(stops)
        styles = one[1].style, other[1].style
        figures = figures_between(stops, styles, judge, photos)
        print(f"{first} → {second}")
        _print_table(styles, [stop.share for stop in stops], figures)
    WRITERS[path.suffix](path_picture(paths, photos[0]), path)
    print(path)


def _print_table(
    styles: tuple[str, str], shares: Sequence[float], figures: Sequence[Figures]
) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("share", *(f"to {style}" for style in styles), "content", box=None)
    for share, found in zip(shares, figures, strict=True):
        table.add_row(f"{share:.2f}", *map(_shown, found))
    Console().print(table, "")


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _photos(folder: Path | None, limit: int) -> Sequence[np.ndarray]:
    """uint8 RGB (H, W, 3); the first one is drawn."""
    if folder is None:
        return list(preview_pictures())
    return list(evaluation_photos(folder, limit, PHOTO_SIDE))


if __name__ == "__main__":
    sys.exit(main())
