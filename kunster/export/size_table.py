"""Table of exported files: bytes, errors against the network and style distance of each format."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from kunster.console.markdown import markdown_table
from kunster.data.style import open_style
from kunster.export.bundle import WEIGHTS
from kunster.export.coreml import DEFAULT_SIZE
from kunster.export.parity import Image, Opened
from kunster.export.targets import TARGETS
from kunster.files.replacing import replacing
from kunster.measures.distances import PAINTING_SIDE, STYLE, distances
from kunster.measures.judge import load_judge
from kunster.measures.models import Network
from kunster.networks.description import Description
from kunster.networks.stylizer import stylize
from kunster.networks.table2 import row_of_table2
from kunster.pictures.images import as_bytes, middle

TABLES = CSV, MARKDOWN = "sizes.csv", "sizes.md"
Row = dict[str, str | int | float]  # cells by heading


class StyleDistance:
    """Style distance of exported files to their painting.

    Args:
        judge: `vgg19`, or a file of VGG weights.
        painting: a picture; None: the one that ships.
        photos: uint8 (H, W, 3) RGB of any size, cut and scaled to the default size.
    """

    def __init__(self, judge: str, painting: Path | None, photos: Sequence[Image]) -> None:
        self.judge, self.painting = load_judge(judge), painting
        self.photos = [middle(photo, *DEFAULT_SIZE) for photo in photos]

    def styles(self, style: str, networks: Sequence[Network]) -> list[float]:
        """Style distance of each network, for the style of that name.

        Raises:
            UserError: no painting of that name ships.
        """
        painting = str(self.painting) if self.painting else None
        targets = self.judge.style_targets(open_style(style, PAINTING_SIDE, painting).painting)
        found = distances(networks, self.judge, targets, self.photos)
        return [float(each.style or 0) for each in found]

    def notes(self) -> list[str]:
        height, width = DEFAULT_SIZE
        layers = ", ".join(self.judge.style_layers)
        return [
            f"judge {self.judge.source['name']} ({layers}), {len(self.photos)} photos at "
            f"{width}x{height}",
            STYLE,
        ]


def size_rows(
    network: nn.Module,
    description: Description,
    folder: Path,
    manifest: Mapping[str, Any],
    distance: StyleDistance,
) -> list[Row]:
    """The network's own row, then one for each exported file in its folder.

    Args:
        network: in eval mode, float32, on the CPU.
        manifest: that of the folder.
    """
    files = {WEIGHTS: "float32 weights"} | {
        TARGETS[name].file: name
        for name in TARGETS
        if manifest["files"].get(TARGETS[name].file, {}).get("target") == name
    }
    networks: list[Network] = [lambda frames: stylize(network, frames)]
    networks += [
        _as_network(TARGETS[name].open(folder / file))
        for file, name in files.items()
        if name in TARGETS
    ]
    styles = distance.styles(description.style, networks)
    number = str(row_of_table2(description) or folder.parent.name)
    return [
        {
            "id": number,
            "stage": description.stage,
            "parameters": description.parameters,
            "format": name,
            **_bytes_and_errors(manifest["files"][file], description),
            "style distance": style,
            "of the network's": style / styles[0],
        }
        for (file, name), style in zip(files.items(), styles, strict=True)
    ]


def _bytes_and_errors(entry: Mapping[str, Any], description: Description) -> Row:
    """Errors in steps of 1/255: the largest of all checked pictures, and the mean over them."""
    errors = entry.get("errors", [])
    return {
        "bytes": entry["bytes"],
        "of the float32 weights": entry["bytes"] / (4 * description.parameters),
        "largest error / 255": max((error["maximum"] for error in errors), default=0.0),
        "mean error / 255": float(np.mean([error["mean"] for error in errors])) if errors else 0.0,
    }


def _as_network(opened: Opened) -> Network:
    def stylized(frames: Tensor) -> Tensor:
        picture = opened.stylize(as_bytes(frames[0])) / 255
        return torch.from_numpy(np.ascontiguousarray(picture, np.float32)).permute(2, 0, 1)[None]

    return stylized


def write_size_table(rows: Sequence[Row], notes: Sequence[str], folder: Path) -> None:
    """Writes `sizes.csv` and `sizes.md`.

    Raises:
        UserError: the folder cannot be written to.
    """
    rows = sorted(rows, key=_place)
    headings = list(rows[0])
    table = markdown_table(headings, map(_cells, rows))
    with replacing(folder / MARKDOWN) as part:
        part.write_text("\n\n".join([table, *notes]) + "\n", encoding="utf-8")
    with (
        replacing(folder / CSV) as part,
        part.open("w", encoding="utf-8", newline="") as file,
    ):
        csv.writer(file, lineterminator="\n").writerows([headings, *map(_cells, rows)])


def _place(row: Row) -> tuple[bool, str, str]:
    """Sort key: ids of Table II by their number, then names; stages in order."""
    number = str(row["id"])
    return not number.isdecimal(), number.zfill(9), str(row["stage"])


def _cells(row: Row) -> list[str]:
    values = row.values()
    return [f"{value:.4f}" if isinstance(value, float) else str(value) for value in values]
