"""A run folder that can be packed: finished, of Table II, of paintings that ship."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kunster.assets.paintings import KNOWN, ShippedPainting
from kunster.assets.trained import BASE
from kunster.errors import UserError
from kunster.networks.table2 import row_of
from kunster.results.run_folder import CONFIG, RESULTS, read_config, read_results
from kunster.results.runs import Run, read_run


@dataclass(frozen=True)
class FinishedRun:
    """A finished run.

    Attributes:
        id: its row of Table II.
        config, results: contents of config.yaml and results.json.
        paintings: the shipped ones of its styles.
    """

    run: Run
    id: int
    config: Mapping[str, Any]
    results: Mapping[str, Any]
    paintings: tuple[ShippedPainting, ...]

    @property
    def of_many(self) -> bool:
        """It is the network of many styles."""
        return self.run.style == BASE


def open_finished(folder: Path) -> FinishedRun:
    """The run in a folder.

    Raises:
        UserError: it is no run folder, the run has not ended, or it cannot ship.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no such run folder")
    if not (folder / CONFIG).is_file():
        raise UserError(f"{folder}: not a run folder: it holds no {CONFIG}")
    if not (folder / RESULTS).is_file():
        raise UserError(
            f"{folder}: this run has not ended, it holds no {RESULTS}: the command that began it, "
            "with resume=true, goes on"
        )
    run = read_run(folder)
    config = read_config(folder)
    several = config.get("style", {}).get("styles")
    styles = [each["name"] for each in several] if several else [run.style]
    number = row_of(config["alpha"], config["beta"]) if several else run.id
    if number is None:
        raise UserError(f"{folder}: its network is none of Table II, by whose ids networks ship")
    unknown = [style for style in styles if style not in KNOWN]
    if unknown or bool(several) is not (run.style == BASE):
        raise UserError(
            f"{folder}: style={(unknown or [run.style])[0]}: a card needs a painting that ships, "
            f"with its source and licence: {', '.join(sorted(KNOWN))}; a network of several is "
            f"called {BASE}; --model {folder} and kunster export take your own as it is"
        )
    paintings = tuple(KNOWN[style] for style in styles)
    return FinishedRun(run, number, config, read_results(folder), paintings)
