"""The loss curve as a CSV file that goes on after an interruption."""

import csv
from pathlib import Path
from typing import Any

import lightning as L

TERMS = ("loss", "content", "style", "tv", "grid", "output", "feature")  # of both stages
COLUMNS = ("step", *TERMS, "gradient_norm", "learning_rate")
CURVE = "curve.csv"  # its name in the folder of a stage


class LossCurve(L.Callback):
    """Appends a row every `every` steps; drops the rows after the step that a run resumes from."""

    def __init__(self, path: Path, every: int = 10) -> None:
        self.path, self.every = path, every

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        rows = [row for row in read_curve(self.path) if row["step"] <= trainer.global_step]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        if trainer.global_step % self.every and trainer.global_step != trainer.max_steps:
            return
        values = current_row(trainer)
        with self.path.open("a", newline="") as file:
            csv.writer(file).writerow([values.get(column, "") for column in COLUMNS])


def current_row(trainer: L.Trainer) -> dict[str, float]:
    """The columns that there are at this step."""
    logged = {name.removeprefix("train/"): v for name, v in trainer.callback_metrics.items()}
    values = {name: float(logged[name]) for name in COLUMNS if name in logged}
    rate = trainer.optimizers[0].param_groups[0]["lr"]
    return {"step": trainer.global_step, **values, "learning_rate": rate}


def read_curve(path: Path) -> list[dict[str, float]]:
    """The rows of a curve; a last row cut short by a kill is left out. Empty without a file."""
    if not path.is_file():
        return []
    with path.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if None not in row.values()]
    return [{name: float(value) for name, value in row.items() if value} for row in rows]


def final_terms(path: Path, rows: int = 20) -> dict[str, float]:
    """Mean of each term over the last rows of a curve."""
    last = read_curve(path)[-rows:]
    return {
        name: sum(row[name] for row in last) / len(last)
        for name in TERMS
        if last and all(name in row for row in last)
    }
