"""Fig. 8, all networks on one photo, and Fig. 5, the stages of one network in every style."""

from collections.abc import Sequence

from kunster.assets.paintings import title_of
from kunster.networks.description import STAGES, Stage
from kunster.networks.table2 import ROWS
from kunster.pictures.sheet import Cell
from kunster.report.stylized_photos import StylizedPhotos, painting_of
from kunster.results.runs import Run, paintings

PHOTO = 0  # of `stylized_photos.NAMES`: a face shows at once how much of the content is left
Rows = list[list[Cell]]


def networks_rows(runs: Sequence[Run], stylized: StylizedPhotos) -> Rows:
    """Fig. 8: the photo and each network's last stage; a column an α, a row a β.

    Args:
        runs: of one painting. Unless all are rows of Table II they stand one after the other.
    """
    placed = _placed(runs)
    down, across = (1 + max(place[side] for place in placed) for side in (0, 1))
    rows = [[Cell("")] * (1 + across) for _ in range(max(2, down))]
    rows[0][0], rows[1][0] = _photo(stylized), _painting(runs[0])
    for run, (row, column) in zip(runs, placed, strict=True):
        rows[row][1 + column] = _stylized(run, run.last_stage, stylized, run.called)
    return rows


def stages_rows(runs: Sequence[Run], label: str, stylized: StylizedPhotos) -> Rows:
    """Fig. 5, a row a painting: the painting, then the network's two stages; first the photo.

    Args:
        label: of the network; the row of a painting without it says so.
    """
    rows: Rows = []
    for style in paintings(runs):
        of_style = [run for run in runs if run.style == style]
        run = next((run for run in of_style if run.label == label), None)
        row = [_photo(stylized) if not rows else Cell(""), _painting(of_style[0])]
        for stage, name in STAGES.items():
            trained = run and stage in run.stages
            row.append(
                _stylized(run, stage, stylized, name)
                if run and trained
                else Cell(f"{name}: not trained")
            )
        rows.append(row)
    return rows


def _photo(stylized: StylizedPhotos) -> Cell:
    return Cell("the photo", stylized.originals[PHOTO], alt="the photo")


def _painting(run: Run) -> Cell:
    picture = painting_of(run)
    title = title_of(run.style)
    words = f"{title}, painting" if picture is not None else f"{title}: no picture of it"
    return Cell(words, picture, alt=words)


def _stylized(run: Run, stage: Stage, stylized: StylizedPhotos, words: str) -> Cell:
    alt = f"the photo painted like {title_of(run.style)}: {run.called}, {STAGES[stage]}"
    return Cell(words, stylized.of(run, stage)[PHOTO], alt=alt)


def _placed(runs: Sequence[Run]) -> list[tuple[int, int]]:
    """(row, column) of each run: β down and α across for Table II, otherwise five a row."""
    if any(run.printed is None for run in runs):
        return [divmod(number, 5) for number in range(len(runs))]
    known = [row for row in ROWS if row.id in {run.id for run in runs}]
    betas = list(dict.fromkeys(row.beta for row in known))
    alphas = sorted({row.alpha for row in known}, reverse=True)
    return [(betas.index(run.beta or 0), alphas.index(run.alpha or 0)) for run in runs]
