"""Exports of all networks at a path, with a table for each."""

from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np

from kunster.assets.paintings import find_painting
from kunster.console.extras import pip_install
from kunster.errors import UserError
from kunster.export.bundle import export_stage
from kunster.export.parity import ParityError
from kunster.export.size_table import TABLES, StyleDistance, size_rows, write_size_table
from kunster.export.sources import find_sources
from kunster.export.targets import TARGETS, chosen
from kunster.files.replacing import check_absent
from kunster.measures.photos import evaluation_photos
from kunster.networks.converting import read_network
from kunster.networks.mixing import folded, parse_weights
from kunster.networks.model_file import as_stylizer
from kunster.networks.stored import StoredNetwork

PHOTO_SIDE = 320  # pixels; short side that photos are decoded at


def export(options: Namespace) -> None:
    """Writes the files and prints a table for each network.

    Args:
        options: those of `kunster export`.

    Raises:
        UserError: no such model, target, photos or painting.
        SystemExit: exports differ from their network; it names them, and the exit code is 1.
    """
    if options.style is not None and options.out is None:
        raise UserError(f"--style {options.style}: say with --out where its files go")
    targets = chosen(options.targets)
    sources = find_sources(options.model, options.out)
    if options.table:
        check_absent([options.table / name for name in TABLES], options.overwrite)
    photos = _photos(options.photos, options.limit)
    distance = _style_distance(options, photos) if options.table else None
    failures, rows = [], []
    for source in sources:
        network, description = read_network(source.model)
        if options.style is not None:
            stored = StoredNetwork.of(network), description
            plain, description = folded(*stored, parse_weights(options.style))
            network = as_stylizer(plain)
        try:
            manifest = export_stage(
                *(network, description, source.folder, photos),
                *(options.sizes, options.thorough, targets),
                overwrite=options.overwrite or source.is_home,
            )
        except ParityError as error:
            failures.append(f"{source.model}: {error}; nothing was written")
            continue
        print(f"{source.folder}\n{_table(manifest, source.folder)}\n", flush=True)
        if distance:
            rows += size_rows(network, description, source.folder, manifest, distance)
            write_size_table(rows, distance.notes(), options.table)  # so far
    if failures:
        raise SystemExit("\n".join(failures))
    print("errors against the network in steps of 1/255: the largest, and the largest mean")


def list_targets() -> None:
    """Prints the targets with their files, and which are installed."""
    for name, target in TARGETS.items():
        if target.installed:
            state = "by default" if target.default else ""
        else:
            state = pip_install(str(target.extra))
        print(f"{name:<16}{target.file:<26}{target.title:<36}{state}".rstrip())


def _style_distance(options: Namespace, photos: list[np.ndarray]) -> StyleDistance:
    painting = find_painting(options.painting) if options.painting else None
    return StyleDistance(options.judge, painting, photos)


def _photos(folder: Path | None, limit: int) -> list[np.ndarray]:
    """uint8 (H, W, 3) RGB; without a folder two photographs that come with scikit-image."""
    if folder is None:
        from skimage import data

        photos = data.astronaut(), data.chelsea()  # type: ignore[no-untyped-call]
        return list(photos[:limit])
    return list(evaluation_photos(folder, limit, PHOTO_SIDE))


def _table(manifest: dict[str, Any], folder: Path) -> str:
    rows = [f"  {'file':<24}{'bytes':>9}{'operations':>12}{'max error':>11}{'mean error':>12}"]
    for name, file in manifest["files"].items():
        row = f"  {name:<24}{file['bytes']:>9}"
        if "errors" in file:
            largest = max(error["maximum"] for error in file["errors"])
            mean = max(error["mean"] for error in file["errors"])
            row += f"{sum(file['operations'].values()):>12}{largest:>11.4f}{mean:>12.4f}"
            row += f"  {_shown(file['errors'])}"
        rows.append(row)
    for name, target in TARGETS.items():
        if target.file not in manifest["files"] and (folder / target.file).exists():
            rows.append(
                f"  {target.file:<24}belongs to another network or was changed: export {name} again"
            )
    return "\n".join(rows)


def _shown(errors: list[dict[str, Any]]) -> str:
    """The pictures and sizes that a file was compared on."""
    cases = dict.fromkeys(error["case"] for error in errors)
    photos = sum(case.startswith("photo") for case in cases)
    others = [case for case in cases if not case.startswith("photo")]
    sizes = {(error["height"], error["width"]) for error in errors}
    kinds = ", ".join([f"{photos} photos", *others])
    return f"{len(errors)} pictures ({kinds}) at {len(sizes)} sizes"
