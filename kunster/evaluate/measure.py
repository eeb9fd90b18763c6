"""Functions that fill the columns of a report, a measure each, and add its formula."""

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import TypeVar

import numpy as np
from rich.console import Console
from rich.progress import track

from kunster.data.clips import FramePairs
from kunster.data.frames import video_frames
from kunster.data.sintel import SintelPair, load_pair
from kunster.errors import UserError
from kunster.evaluate.gatys import (
    LOSS,
    OPTIMALITY,
    STEPS,
    compare,
    described,
    optimise_photo,
    replay,
)
from kunster.evaluate.held import SHOWN, held, own
from kunster.evaluate.loss import perceptual_loss
from kunster.evaluate.optimal import Optimum
from kunster.evaluate.optimum_cache import OptimumCache
from kunster.evaluate.report import Report, Row
from kunster.evaluate.ruder import (
    OUTPUT_WEIGHT,
    RUDER,
    SteadyPair,
    described_pairs,
    optimise_pair,
)
from kunster.losses.features import PerceptualNetwork
from kunster.measures.artefacts import BORDER, GRID, artefacts
from kunster.measures.bubbles import BUBBLES, find_bubbles
from kunster.measures.distances import CONTENT, STYLE, distances, painting_targets
from kunster.measures.flicker import FLICKER, flicker
from kunster.measures.models import Network
from kunster.measures.photos import EvaluationPhotos
from kunster.measures.stability import E_STAB, OWN_FLICKER, errors_of_pairs, stability
from kunster.measures.still_camera import (
    SETTLED,
    STILL_CAMERA,
    changes,
    mean_change,
    still_camera,
)
from kunster.pictures.images import as_bytes, as_image
from kunster.pictures.video_strips import strips_sheet
from kunster.video.steady import Steady

T = TypeVar("T")


def measure_distances(
    report: Report,
    networks: Sequence[Network],
    judge: PerceptualNetwork,
    painting: np.ndarray | None,
    photos: EvaluationPhotos,
) -> None:
    targets = None if painting is None else painting_targets(judge, painting)
    found = distances(networks, judge, targets, _shown(photos, "photos", len(photos)))
    if targets is not None:
        report.formulas.append(f"{STYLE}; layers {', '.join(judge.style_layers)}")
    report.formulas.append(CONTENT.format(layer=judge.content_layer))
    for row, figures in zip(report.rows, found, strict=True):
        row.style, row.content = figures


def measure_bubbles(report: Report, networks: Sequence[Network], photos: EvaluationPhotos) -> None:
    found = find_bubbles(networks, _shown(photos.named(), "bubbles", len(photos)))
    report.formulas.append(BUBBLES)
    for row, bubbles in zip(report.rows, found, strict=True):
        row.bubbles, row.bubbles_at = len(bubbles), bubbles


def measure_artefacts(
    report: Report, networks: Sequence[Network], photos: EvaluationPhotos
) -> None:
    found = artefacts(networks, _shown(photos, "artefacts", len(photos)))
    if math.isnan(found[0].grid):
        return
    report.formulas += [GRID, BORDER]
    for row, figures in zip(report.rows, found, strict=True):
        row.grid, row.border = figures


def measure_stability(
    report: Report, networks: Sequence[Network], pairs: Sequence[SintelPair], steady: float
) -> None:
    """Fills e_stab over all pairs and scene by scene, as scenes differ more than networks do."""
    scenes: list[str] = []

    def with_visible_pixels() -> Iterator[FramePairs]:
        for pair in _shown(pairs, "pairs", len(pairs)):
            loaded = load_pair(pair)
            if loaded.non_occluded.any():
                scenes.append(pair.scene)
                yield loaded

    shown = [held(network, steady) for network in networks[1:]]
    found = errors_of_pairs([*networks, *shown], with_visible_pixels())
    report.formulas += [E_STAB, OWN_FLICKER, SHOWN.format(steady=steady)]
    own(report, "", [fmean(errors) for errors in found])
    for row, errors in zip(report.rows, found, strict=False):
        row.e_stab = fmean(errors)
        by_scene: dict[str, list[float]] = {}
        for scene, error in zip(scenes, errors, strict=True):
            by_scene.setdefault(scene, []).append(error)
        row.e_stab_of = {scene: fmean(each) for scene, each in by_scene.items()}


def measure_flicker(
    report: Report, networks: Sequence[Network], video: Path, limit: int, steady: float
) -> np.ndarray:
    """Fills flicker, and own flicker of the network alone and of what `stylize` shows.

    Returns:
        The strips of the video, of each network and of what is shown of it, uint8 RGB (H, W, 3).
    """
    frames = _shown(islice(video_frames(video), limit + 1), "frames", None)
    try:
        found = flicker(networks, frames, lambda: Steady(steady).follow)
    except UserError as unfit:
        raise UserError(f"{video}: {unfit}") from unfit
    report.measured_on["video"] = f"{found.pairs} pairs of {video}, {found.cuts} cuts left out"
    report.formulas += [
        *(FLICKER, OWN_FLICKER, SHOWN.format(steady=steady)),
        "detail_shown = RMS of D(shown) over that of D(the network's), D as of stroke",
    ]
    for row, error in zip(report.rows, found.errors, strict=False):
        row.flicker = error
    count = len(networks)
    own(report, "video_", found.errors[:count] + found.errors[count + 1 :])
    if found.far:
        own(report, "far_", found.far[:count] + found.far[count + 1 :])
    alone, shown = found.detail[1:count], found.detail[count + 1 :]
    for row, *details in zip(report.rows[1:], alone, shown, strict=True):
        row.steadiness["detail_shown"] = details[1] / details[0]
    strips = found.strips[1:count], found.strips[count + 1 :]
    return strips_sheet(
        [
            {"the video": found.strips[0], row.name: one, f"--steady {steady:g}": other}
            for row, one, other in zip(report.rows[1:], *strips, strict=True)
        ]
    )


def measure_noise(
    report: Report, networks: Sequence[Network], photo: np.ndarray, steady: float
) -> None:
    """Fills how much pictures change before a still, noisy camera; alone, and shown."""
    frames = still_camera(photo)
    report.formulas.append(STILL_CAMERA)
    report.rows[0].steadiness["noise"] = mean_change(frames[SETTLED:])
    for row, network in zip(report.rows[1:], networks[1:], strict=True):
        alone, shown = changes(network, frames, Steady(steady).follow)
        row.steadiness |= {"noise": alone, "noise_shown": shown}


def measure_optimality(
    report: Report,
    networks: Sequence[Network],
    judge: PerceptualNetwork,
    painting: np.ndarray,
    chosen: EvaluationPhotos,
    style_weight: float,
    accelerator: str,
) -> list[Optimum]:
    """Optimises a picture a photo on the accelerator, unless cached; networks run on the CPU."""
    targets, photos = painting_targets(judge, painting), list(chosen)
    frames = [as_image(photo) for photo in photos]
    loss = perceptual_loss(judge, targets, frames, style_weight, accelerator)
    cache = OptimumCache(judge, [style_weight], [painting, *photos])
    optima = [
        optimum
        for number, frame in enumerate(_shown(frames, "Gatys", len(frames)))
        for optimum in cache.take(number, lambda frame=frame: [optimise_photo(loss, frame)])  # type: ignore[misc]
    ]
    pictures = [optimum.picture for optimum in optima]
    gatys = Row(f"Gatys, {max(optimum.iterations for optimum in optima)} iterations")
    ((gatys.style, gatys.content),) = distances([replay(pictures)], judge, targets, photos)
    report.rows.append(gatys)
    report.formulas += [LOSS.format(style_weight=style_weight), OPTIMALITY, STEPS]
    report.measured_on["gatys"] = described(chosen, optima)
    for row, network in zip(report.rows, [*networks, None], strict=True):
        row.loss, row.optimality, row.gatys_steps = compare(
            network or replay(pictures), loss, frames, optima
        )
    return optima


def measure_ruder(
    report: Report,
    networks: Sequence[Network],
    judge: PerceptualNetwork,
    painting: np.ndarray,
    chosen: Sequence[SintelPair],
    size: tuple[int, int],
    style_weight: float,
    accelerator: str,
) -> list[SteadyPair]:
    """Ruder's pictures of pairs at size (height, width), and all networks on the same pairs.

    Optimised on the accelerator, unless cached; networks run on the CPU.
    """
    loaded = {pair.name: load_pair(pair, size) for pair in chosen}
    named = {name: pair for name, pair in loaded.items() if pair.non_occluded.any()}
    pairs = list(named.values())
    for row, error in zip(report.rows, stability(networks, pairs), strict=False):
        row.ruder_e_stab = error
    targets = painting_targets(judge, painting)
    frames = [frame[None] for pair in pairs for frame in pair.frames.float() / 255]
    loss = perceptual_loss(judge, targets, frames, style_weight, accelerator)
    parts = [part.numpy() for pair in pairs for part in pair]
    cache = OptimumCache(judge, [style_weight, OUTPUT_WEIGHT], [painting, *parts])
    steady = [
        SteadyPair(*cache.take(number, partial(optimise_pair, loss, pair)))
        for number, pair in enumerate(_shown(pairs, "Ruder", len(pairs)))
    ]
    pictures = [picture[None] for pair in steady for picture in pair.pictures]
    ruder = Row(f"Ruder, {max(o.iterations for pair in steady for o in pair)} iterations")
    shown = [as_bytes(frame[0]) for frame in frames]
    ((ruder.style, ruder.content),) = distances([replay(pictures)], judge, targets, shown)
    (ruder.ruder_e_stab,) = stability([replay(pair.pictures for pair in steady)], pairs)
    report.rows.append(ruder)
    report.formulas.append(RUDER)
    report.measured_on["ruder"] = described_pairs(list(named), size, steady)
    return steady


def _shown(items: Iterable[T], what: str, total: int | None) -> Iterable[T]:
    """The items with a progress bar on stderr, if that is a terminal."""
    console = Console(stderr=True)
    return track(
        items, what, total, console=console, transient=True, disable=not console.is_terminal
    )
