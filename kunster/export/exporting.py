"""Exports of all networks at paths, with a table for each folder."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kunster.assets.paintings import find_painting
from kunster.assets.trained import list_styles, locate_model, styles_in_base
from kunster.console.choices import among
from kunster.console.extras import pip_install
from kunster.errors import UserError
from kunster.export.app import credits_of, export_app, steady
from kunster.export.bundle import export_stage
from kunster.export.parity import ParityError
from kunster.export.size_table import TABLES, StyleDistance, size_rows, write_size_table
from kunster.export.sources import Source, find_sources
from kunster.export.targets import TARGETS, Job, chosen
from kunster.files.local_path import local_path
from kunster.files.replacing import check_absent
from kunster.measures.photos import evaluation_photos
from kunster.networks.converting import read_network
from kunster.networks.description import Description
from kunster.networks.mixing import folded, parse_weights
from kunster.networks.model_file import as_stylizer, plain_copy
from kunster.networks.stored import StoredNetwork
from kunster.networks.stylizer import Stylizer

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
    models, targets = sorted_words(options.model, options.more)
    sources = [each for model in models for each in find_sources(model, options.out)]
    if options.table:
        check_absent([options.table / name for name in TABLES], options.overwrite)
    photos = _photos(options.photos, options.limit)
    if len(models) > 1 and options.out is not None:
        failures = _export_app(options, steady(sources), targets, photos)
    else:
        failures = _export_stages(options, sources, targets, photos)
    if failures:
        raise SystemExit("\n".join(failures))
    print("errors against the network in steps of 1/255: the largest, and the largest mean")


def sorted_words(model: Path, more: Sequence[str]) -> tuple[list[Path], list[str]]:
    """The models and the targets among the words of a command, of which the first is a model.

    Raises:
        UserError: a word is neither.
    """
    targets = [word for word in more if word in TARGETS]
    others = [word for word in more if word not in TARGETS]
    for word in others:
        if not locate_model(word).exists() and word not in styles_in_base():
            known = among(word, [*TARGETS, *list_styles(), *styles_in_base()])
            raise UserError(f"{word}: neither a target nor a model; {known}")
    chosen(targets)
    return [model, *map(local_path, others)], targets


def _export_stages(
    options: Namespace, sources: Sequence[Source], targets: Sequence[str], photos: list[np.ndarray]
) -> list[str]:
    """Exports each stage with its manifest; returns the failures."""
    distance = _style_distance(options, photos) if options.table else None
    failures, rows = [], []
    for source in sources:
        network, description = _read(source, options.style)
        try:
            manifest = export_stage(
                *(network, description, source.folder, photos),
                *(options.sizes, options.thorough, targets),
                overwrite=options.overwrite or source.is_home,
            )
        except ParityError as error:
            failures.append(f"{source.model}: {error}; nothing was written")
            continue
        files = manifest["files"]
        lines = [*_table(files), *_strangers(files, source.folder)]
        print("\n".join([str(source.folder), *lines, ""]), flush=True)
        if distance:
            rows += size_rows(network, description, source.folder, manifest, distance)
            write_size_table(rows, distance.notes(), options.table)  # so far
    return failures


def _export_app(
    options: Namespace, sources: Sequence[Source], targets: Sequence[str], photos: list[np.ndarray]
) -> list[str]:
    """Exports several networks into one folder; returns the failure, if any."""
    if options.table:
        raise UserError(f"--table {options.table}: takes one MODEL where --out is given")
    networks = [_read(source, options.style) for source in sources]
    jobs = [
        Job(
            *(plain_copy(network, description), description, photos),
            *(options.sizes, options.thorough, credits_of(description)),
        )
        for network, description in networks
    ]
    try:
        files = export_app(jobs, options.out, targets, options.overwrite)
    except ParityError as error:
        return [f"{error}; nothing was written"]
    print("\n".join([str(options.out), *_table(files), ""]), flush=True)
    return []


def _read(source: Source, style: str | None) -> tuple[Stylizer, Description]:
    """A network, or the plain one of a style that is in it."""
    network, description = read_network(source.model)
    style = source.style or style
    if style is None:
        return network, description
    stored = StoredNetwork.of(network), description
    plain, description = folded(*stored, parse_weights(style))
    return as_stylizer(plain), description


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


def _table(files: Mapping[str, Any]) -> list[str]:
    rows = [f"  {'file':<24}{'bytes':>9}{'operations':>12}{'max error':>11}{'mean error':>12}"]
    for name, file in files.items():
        row = f"  {name:<24}{file['bytes']:>9}"
        if "errors" in file:
            largest = max(error["maximum"] for error in file["errors"])
            mean = max(error["mean"] for error in file["errors"])
            row += f"{sum(file['operations'].values()):>12}{largest:>11.4f}{mean:>12.4f}"
            row += f"  {_shown(file['errors'])}"
        rows.append(row)
    return rows


def _strangers(files: Mapping[str, Any], folder: Path) -> list[str]:
    """A line for each file of a target that is there and not in the manifest."""
    return [
        f"  {target.file:<24}belongs to another network or was changed: export {name} again"
        for name, target in TARGETS.items()
        if target.file not in files and (folder / target.file).exists()
    ]


def _shown(errors: list[dict[str, Any]]) -> str:
    """The pictures and sizes that a file was compared on."""
    cases = dict.fromkeys(error["case"] for error in errors)
    photos = sum(case.startswith("photo") for case in cases)
    others = [case for case in cases if not case.startswith("photo")]
    sizes = {(error["height"], error["width"]) for error in errors}
    kinds = ", ".join([f"{photos} photos", *others])
    return f"{len(errors)} pictures ({kinds}) at {len(sizes)} sizes"
