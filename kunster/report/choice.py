"""Choice of a network: the Pareto front, and the recommendation among it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kunster.report.sweep import SIZES, Sweep
from kunster.results.runs import Run, paintings

PAPERS_CHOICE = (4, 9, 14)  # section IV: good, and real-time on an iPhone 6s
PAPERS_FINEST = "14"  # keeps the most detail of the three
RULE = (
    "A network is beaten if another has no worse style distance, e_stab and parameters, and one of "
    "them better. Of those that are not beaten we recommend the one nearest to the best of "
    "everything: each figure scaled to 0 (best here) to 1 (worst here), parameters by their "
    "logarithm, and the smallest distance from 0 wins. All figures are those after the last stage."
)


@dataclass(frozen=True)
class Candidate:
    """Figures of a network, means over the paintings; lower is better, except for FPS.

    Attributes:
        fps: at 480x320 on this machine; None: not measured.
    """

    label: str
    id: int | None
    parameters: int
    style: float
    e_stab: float
    fps: float | None

    @property
    def costs(self) -> tuple[float, float, float]:
        return self.style, self.e_stab, math.log(self.parameters)


def candidates(sweep: Sweep) -> list[Candidate]:
    """The networks that were trained and measured for every painting."""
    networks: dict[str, list[Run]] = {}
    for run in sweep.runs:
        networks.setdefault(run.label, []).append(run)
    everywhere = len(paintings(sweep.runs))
    found = [_candidate(sweep, runs) for runs in networks.values() if len(runs) == everywhere]
    return [candidate for candidate in found if candidate]


def unbeaten(networks: Sequence[Candidate]) -> list[Candidate]:
    return [one for one in networks if not any(_beats(other, one) for other in networks)]


def recommended(networks: Sequence[Candidate]) -> Candidate | None:
    """The recommended network, by `RULE`; None without figures."""
    if not networks:
        return None
    sides = list(zip(*(network.costs for network in networks), strict=True))
    spans = [(min(side), max(side) - min(side)) for side in sides]

    def distance(network: Candidate) -> float:
        scaled = [
            (cost - best) / span if span else 0.0
            for cost, (best, span) in zip(network.costs, spans, strict=True)
        ]
        return math.hypot(*scaled)

    return min(unbeaten(networks), key=distance)


def shown_network(sweep: Sweep) -> tuple[str, str]:
    """Label of the network in Fig. 5, and the reason for it."""
    ours = recommended(candidates(sweep))
    if ours:
        return ours.label, "our recommendation"
    labels = [run.label for run in sweep.runs]
    if PAPERS_FINEST in labels:
        return PAPERS_FINEST, "the paper's finest, as without figures there is no recommendation"
    return labels[0], "the first one, as without figures there is no recommendation"


def _candidate(sweep: Sweep, runs: Sequence[Run]) -> Candidate | None:
    style, e_stab = (
        _mean([getattr(run.last.figures, name) for run in runs]) for name in ("style", "e_stab")
    )
    if style is None or e_stab is None:
        return None
    fps = _mean([sweep.fps(run, SIZES[0]) for run in runs])
    first = runs[0]
    return Candidate(first.label, first.id, first.parameters, style, e_stab, fps)


def _beats(one: Candidate, other: Candidate) -> bool:
    pairs = list(zip(one.costs, other.costs, strict=True))
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None
