"""Checkpoint of a distillation, and the recipe that it belongs to."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kunster.data.crops import Crops
from kunster.errors import UserError
from kunster.files.checksum import sha256
from kunster.losses.features import PerceptualNetwork
from kunster.networks.model_file import read_checkpoint


def recipe_of(
    options: argparse.Namespace,
    networks: Sequence[PerceptualNetwork],
    crops: Crops,
    paintings: Crops | None,
) -> dict[str, object]:
    """Settings that determine the result, as plain values; files by their SHA-256."""
    names = ("steps", "batch", "crop", "widths", "seed", "rate")
    return {
        **{name: getattr(options, name) for name in names},
        "teachers": [f"{each.source['name']} {each.source['sha256'][:12]}" for each in networks],
        "photos": f"{options.photos.resolve()}, {len(crops.photos)} pictures",
        "paintings": None
        if paintings is None
        else f"{options.paintings.resolve()}, {len(paintings.photos)} pictures",
        "stylizers": [sha256(path)[:12] for path in options.stylizers],
        "start": None if options.start is None else sha256(options.start)[:12],
    }


def progress_in(state: Path, recipe: Mapping[str, object]) -> dict[str, Any] | None:
    """The checkpoint of an earlier training with this recipe; None if there is no file.

    It is kept after the training as well, for `--start`.

    Raises:
        UserError: the file is damaged, or of another recipe.
    """
    if not state.exists():
        return None
    saved = read_checkpoint(state)
    before = saved.get("recipe") if isinstance(saved, dict) else None
    otherwise = "remove it to begin anew, or name another --out"
    if not isinstance(before, dict):
        raise UserError(f"{state}: does not say what it was trained with; {otherwise}")
    changed = [name for name, value in recipe.items() if before.get(name) != value]
    if changed:
        name = changed[0]
        raise UserError(
            f"{state}: was begun with {name}={before.get(name)}, not {recipe[name]}: use that "
            f"value to resume, {otherwise}"
        )
    found: dict[str, Any] = saved
    return found
