"""A blend in a file, and the strip of pictures between networks."""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np

from kunster.blend.path import Figures, Trained, figures_between, path_picture, stops_between
from kunster.data.preview_photos import preview_pictures
from kunster.measures.judge import load_judge
from kunster.measures.photos import evaluation_photos
from kunster.networks.blending import (
    agreement,
    blend_description,
    blended,
    check_alike,
)
from kunster.networks.mixing import shares_of
from kunster.networks.model_file import save_model, with_weights
from kunster.pictures.images import write_jpeg, write_png
from kunster.video.models import open_stylizer

PHOTO_SIDE = 320  # pixels; short side of photos of a folder
RELATED = 0.1  # agreement above which networks began alike: docs/blends.md
WRITERS: dict[str, Callable[[np.ndarray, Path], None]] = {
    ".png": write_png,
    ".jpg": partial(write_jpeg, quality=80),
}


def blend(
    models: Sequence[str],
    weights: Sequence[float] | None,
    out: Path | None,
    strip: Path | None,
    photos: Path | None,
    limit: int,
) -> None:
    """Writes the blend, the strip of pictures between the networks, or both, and prints what.

    Args:
        weights: one a model, from 0 up; None: the same for all.
        photos: a folder, for the strip's distances; None: four that ship.

    Raises:
        UserError: a model is not there, or they are not alike.
    """
    shares = shares_of(weights or [1.0] * len(models))
    networks = {model: open_stylizer(model) for model in models}
    check_alike({model: description for model, (_, description) in networks.items()})
    _warn_of_strangers(networks)
    shown = _photos(photos, limit) if strip else []
    if out:
        _write_blend(list(networks.values()), shares, out)
    if strip:
        _draw_path(networks, shown, strip)


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


def _write_blend(networks: Sequence[Trained], shares: Sequence[float], path: Path) -> None:
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
