"""The loss curve as a CSV file that goes on after an interruption."""

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import lightning as L
from annotated_types import Ge

from kunster.errors import UserError
from kunster.objectives.stage import StageObjective
from kunster.pictures.curve_plot import draw_curve
from kunster.pictures.plots import save_figure

CURVE, PICTURE = "curve.csv", "curve.png"  # their names in the folder of a stage
RESOLUTION = 120  # dots per inch
AFTER_THE_TERMS = ("gradient_norm", "learning_rate")


class LossCurve(L.Callback):
    """Appends a row every so many steps: step, loss, each term, gradient norm, learning rate.

    Not a `CSVLogger`: a run that resumes drops the rows after its checkpoint and goes on in the
    same file.
    """

    def __init__(self, every_n_steps: Annotated[int, Ge(1)] = 10) -> None:
        if every_n_steps < 1:
            raise UserError(f"every_n_steps={every_n_steps}: must be 1 or more")
        self.every = every_n_steps

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        if not trainer.is_global_zero:
            return
        path = _path(trainer)
        rows = [row for row in read_curve(path) if row["step"] <= trainer.global_step]
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, columns(module), extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        if not trainer.is_global_zero:
            return
        if trainer.global_step % self.every and trainer.global_step != trainer.max_steps:
            return
        values = current_row(trainer, module)
        with _path(trainer).open("a", newline="") as file:
            csv.writer(file).writerow([values.get(column, "") for column in columns(module)])


def columns(module: L.LightningModule) -> tuple[str, ...]:
    """Names of the columns; the terms are those of the objective."""
    terms = tuple(module.loss.terms) if isinstance(module, StageObjective) else ()
    return ("step", "loss", *terms, *AFTER_THE_TERMS)


def current_row(trainer: L.Trainer, module: L.LightningModule) -> dict[str, float]:
    """Values of the columns at this step, as far as they were logged."""
    logged = {name.removeprefix("train/"): v for name, v in trainer.callback_metrics.items()}
    values = {name: float(logged[name]) for name in columns(module) if name in logged}
    rate = trainer.optimizers[0].param_groups[0]["lr"]
    return {"step": trainer.global_step, **values, "learning_rate": rate}


def read_curve(path: Path) -> list[dict[str, float]]:
    """The rows of a curve; a last row cut short by a kill is left out. Empty without a file."""
    if not path.is_file():
        return []
    with path.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if None not in row.values()]
    return [{name: float(value) for name, value in row.items() if value} for row in rows]


def draw_losses(folder: Path) -> None:
    """Draws the curve of a stage's folder into `curve.png`; nothing of fewer than two rows."""
    rows = read_curve(folder / CURVE)
    if len(rows) > 1:
        losses = {name: [row.get(name, math.nan) for row in rows] for name in _losses(rows)}
        figure = draw_curve([row["step"] for row in rows], losses)
        save_figure(figure, [folder / PICTURE], RESOLUTION)


def final_terms(path: Path, rows: int = 20) -> dict[str, float]:
    """Mean of the loss and of each term over the last rows of a curve."""
    last = read_curve(path)[-rows:]
    return {
        name: sum(row[name] for row in last) / len(last)
        for name in _losses(last)
        if all(name in row for row in last)
    }


def _losses(rows: Sequence[Mapping[str, float]]) -> list[str]:
    """Names of the loss and of each term; none without rows."""
    return [name for row in rows[-1:] for name in row if name not in ("step", *AFTER_THE_TERMS)]


def _path(trainer: L.Trainer) -> Path:
    return Path(trainer.default_root_dir) / CURVE
