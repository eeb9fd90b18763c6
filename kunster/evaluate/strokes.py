"""Columns of a report for strokes, tint, masses and deep style."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kunster.assets.registry import asset_path
from kunster.errors import UserError
from kunster.evaluate.report import Report
from kunster.losses.vgg import load_vgg19
from kunster.measures.models import Network
from kunster.measures.painted_networks import formulas, missing_layers, own_figures, painted
from kunster.measures.photos import EvaluationPhotos


def measure_painted(
    report: Report,
    networks: Sequence[Network],
    painting: np.ndarray | None,
    photos: EvaluationPhotos,
    deep: Path | None = None,
) -> None:
    """Fills the columns of `kunster.measures.painted_networks.PAINTED`.

    Args:
        painting: uint8 RGB at short side 400; None: no strokes and no style.
        photos: at short side 400.
        deep: a file of VGG-19 that reaches relu5_1; None: what `kunster fetch vgg19` brought, or
            the one that ships, which ends at relu4_3.

    Raises:
        UserError: the file is no VGG-19, or ends before relu4_1.
    """
    perceptual = load_vgg19(deep or asset_path("vgg19"))
    if missing := missing_layers(perceptual):
        raise UserError(f"deep={deep}: ends before {missing[0]}; it must reach relu4_1")
    found = painted(networks, perceptual, painting, photos)
    for row, figures in zip(report.rows, found, strict=True):
        row.painted = figures
    if painting is not None:
        report.own_painting = own_figures(perceptual)
    report.formulas += formulas(found[0])
    if painting is not None and "relu5_1" not in found[0]:
        report.formulas.append("relu5_1: left out; kunster fetch vgg19 brings it")
    report.measured_on["painted"] = (
        f"{len(photos)} of the photos, short side 400, under {perceptual.source['name']}"
    )
