"""The two tables of a run: what it will do, and what came out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.table import Table

from kunster.assets.style import Style
from kunster.data.photos import Photos
from kunster.hardware import Hardware
from kunster.losses.features import PerceptualNetwork
from kunster.networks.description import Description
from kunster.networks.table2 import megabytes, table2_id
from kunster.training import Schedule


def row_of_table2(description: Description) -> int | None:
    """Its id in Table II, None when it is not one of the 15."""
    if description.kind != "kunster" or description.alpha is None or description.beta is None:
        return None
    return table2_id(description.alpha, description.beta, str(description.layout))


def photos_source(config: Mapping[str, Any], photos: Photos) -> str:
    """Which photos, and how many."""
    kind = str(config["photos"]["_target_"]).rsplit(".", 1)[-1].removesuffix("_photos")
    return f"{kind}, {len(photos)} photos"


def plan_table(
    config: Mapping[str, Any],
    folder: Path,
    description: Description,
    hardware: Hardware,
    perceptual: PerceptualNetwork,
    style: Style,
    photos: Photos,
    schedules: Mapping[str, Schedule],
) -> Table:
    """Network, assets and where each came from, steps, device: before anything is trained."""
    table = Table(show_header=False, box=None)
    number = row_of_table2(description)
    of_table2 = f", id {number} of Table II" if number else ""
    shape = "" if description.alpha is None else f" α={description.alpha:g} β={description.beta:g}"
    table.add_row(
        "network",
        f"{description.kind}{shape}, {description.norm} norm: "
        f"{description.parameters:,} parameters, "
        f"{megabytes(description.parameters):.2f} MB{of_table2}",
    )
    table.add_row("style", f"{style.record['source']} (sha256 {style.record['sha256'][:12]})")
    table.add_row(
        "perceptual",
        f"{perceptual.source['name']}, {perceptual.source['source']} "
        f"(sha256 {perceptual.source['sha256'][:12]})",
    )
    table.add_row("photos", photos_source(config, photos))
    for stage, schedule in schedules.items():
        table.add_row(stage, f"{schedule.steps} steps of {schedule.batch} crops")
    compiled = ", compiled" if hardware.compile else ""
    table.add_row("device", f"{hardware.name}, {hardware.precision}, channels last{compiled}")
    table.add_row("folder", str(folder))
    return table


def result_table(folder: Path, stages: Mapping[str, Mapping[str, Any]]) -> Table:
    """What came out, and where it lies."""
    table = Table(show_header=False, box=None)
    for stage, figures in stages.items():
        table.add_row(
            stage,
            f"{figures['steps']} steps in {figures['seconds']:.0f} s, "
            f"{figures['images_per_second']:.1f} images/s",
        )
        judged = figures["evaluation"]
        table.add_row(
            "",
            f"style distance {judged['style']:.3f} (the photo itself: 1), content distance "
            f"{judged['content']:.3f} (0), under {judged['judge']}",
        )
        for name in (
            "preview.png",
            "last.ckpt",
            "model.safetensors",
            "model.onnx",
            "model.mlpackage",
        ):
            path = folder / stage / name
            if path.exists():
                table.add_row("", str(path))
    return table
