"""All measures that the options give data for, in one report."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from torch import Tensor

from kunster.assets.paintings import find_painting
from kunster.console.choices import among
from kunster.data.decode import decode_photo
from kunster.data.frames import video_frames
from kunster.data.photos import spread
from kunster.data.sintel import SIZE, SintelPair, sintel_pairs
from kunster.errors import UserError
from kunster.evaluate.gatys import write_pictures
from kunster.evaluate.measure import (
    measure_artefacts,
    measure_bubbles,
    measure_distances,
    measure_flicker,
    measure_noise,
    measure_optimality,
    measure_ruder,
    measure_stability,
)
from kunster.evaluate.options import Options
from kunster.evaluate.origin import origin_of
from kunster.evaluate.report import STRIPS, Report, Row
from kunster.evaluate.strokes import measure_painted
from kunster.losses.features import PerceptualNetwork
from kunster.machine.hardware import choose_device
from kunster.measures.distances import PAINTING_SIDE, PHOTO_SIDE
from kunster.measures.judge import load_judge
from kunster.measures.models import Network, open_models
from kunster.measures.painted import SHORT_SIDE
from kunster.measures.photos import EvaluationPhotos, evaluation_photos
from kunster.pictures.images import write_png


def evaluate(options: Options) -> Report:
    """Opens the models and computes each measure that the options give data for.

    Raises:
        UserError: an input is missing or unusable; raised before anything is measured.
    """
    models = [model for path in options.models for model in open_models(path)]
    networks: list[Network] = [_unchanged, *(model.network for model in models)]
    judge = load_judge(options.judge)
    accelerator = choose_device(options.accelerator)
    painting = _painting(options.painting, PAINTING_SIDE)
    photos = evaluation_photos(options.photos, options.limit, PHOTO_SIDE)
    pairs = _pairs(options, options.limit)
    if options.video and len(list(islice(video_frames(options.video), 2))) < 2:
        raise UserError(f"video={options.video}: a single frame; flicker is between two")

    rows = [Row("(the input itself)")]
    rows += [
        Row(
            model.name,
            model.description.parameters,
            origin=origin_of(model.path, model.description.stage),
        )
        for model in models
    ]
    report = Report(judge.source, rows, _measured_on(options, photos, pairs))
    measure_distances(report, networks, judge, painting, photos)
    report.measured_on["photos"] = photos.origin  # without those that could not be decoded
    measure_bubbles(report, networks, photos)
    measure_artefacts(report, networks, photos)
    if options.painted:
        larger = evaluation_photos(options.photos, min(options.painted, options.limit), SHORT_SIDE)
        measure_painted(
            report, networks, _painting(options.painting, SHORT_SIDE), larger, options.deep
        )
    if pairs:
        measure_stability(report, networks, pairs, options.steady)
    if options.video:
        strips = measure_flicker(report, networks, options.video, options.limit, options.steady)
        write_png(strips, (options.out or beside(options.models[0])) / STRIPS)
        report.strips = STRIPS
        measure_noise(report, networks, next(iter(photos)), options.steady)
    if painting is not None:
        _measure_optimised(report, options, networks, judge, painting, accelerator)
    return report


def _measure_optimised(
    report: Report,
    options: Options,
    networks: Sequence[Network],
    judge: PerceptualNetwork,
    painting: np.ndarray,
    accelerator: str,
) -> None:
    """Adds the rows of Gatys and Ruder, which take longest, and writes their pictures."""
    folder = options.out or beside(options.models[0])
    how = (options.style_weight, accelerator)
    if options.gatys:
        chosen = evaluation_photos(options.photos, options.gatys, options.gatys_side)
        optima = measure_optimality(report, networks, judge, painting, chosen, *how)
        write_pictures((optimum.picture for optimum in optima), folder, "gatys")
    if options.ruder:
        pairs = _pairs(options, options.ruder)
        size = (options.ruder_side, options.ruder_side * SIZE[1] // SIZE[0])
        steady = measure_ruder(report, networks, judge, painting, pairs, size, *how)
        write_pictures(
            (each for pair in steady for each in pair.pictures.chunk(2)), folder, "ruder"
        )


def _pairs(options: Options, most: int) -> list[SintelPair]:
    """At most that many pairs, evenly spread over Sintel; none without it."""
    if options.sintel is None:
        return []
    found = sintel_pairs(options.sintel)
    scenes = {pair.scene for pair in found}
    for scene in options.without:
        if scene not in scenes:
            raise UserError(f"--without {scene}: no such scene; {among(scene, sorted(scenes))}")
    kept = [pair for pair in found if pair.scene not in options.without]
    if not kept:
        raise UserError(f"--without {' '.join(options.without)}: leaves none of Sintel")
    return spread(kept, most)


def _measured_on(
    options: Options, photos: EvaluationPhotos, pairs: Sequence[SintelPair]
) -> dict[str, str]:
    names = ", ".join(pair.name for pair in pairs)
    without = f", without {' '.join(options.without)}" if options.without else ""
    sintel = f"{len(pairs)} pairs at {SIZE[1]}x{SIZE[0]}{without}, of {options.sintel}: {names}"
    return {
        "painting": str(options.painting or "none given, so no style distance: --painting FILE"),
        "photos": photos.origin,
        "sintel": sintel if pairs else "none given, so no e_stab: --sintel DIR",
        "video": str(options.video or "none given, so no flicker: --video FILE"),
    }


def _unchanged(frames: Tensor) -> Tensor:
    return frames


def _painting(painting: str | None, short_side: int) -> np.ndarray | None:
    return None if painting is None else decode_photo(find_painting(painting), short_side)


def beside(model: Path) -> Path:
    return model if model.is_dir() else model.parent
