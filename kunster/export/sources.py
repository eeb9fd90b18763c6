"""The trained networks at a path: one file, the stages of a run, or a folder of runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from kunster.assets.trained import BASE, locate_model, styles_in_base, what_ships
from kunster.errors import UserError
from kunster.networks.description import Stage
from kunster.networks.model_paths import model_in

# the checkpoint first: the other may be an older export of a run that was trained on
FILES = ("last.ckpt", "model.safetensors")


@dataclass(frozen=True)
class Source:
    """A model file and the folder for its exports.

    Attributes:
        style: of a network of several, the one that is meant.
    """

    model: Path
    folder: Path
    style: str | None = None

    @property
    def is_home(self) -> bool:
        """True for the folder of a stage: its exports are made anew."""
        return self.model.parent == self.folder and self.model.name in FILES


def find_sources(path: Path, out: Path | None = None) -> list[Source]:
    """The networks in a file, a stage's folder, a run folder, or a folder of runs.

    A style that ships goes by its name, scream:8 or senecio, and needs `out`: it lies in the
    package.

    Args:
        out: where exports go, in folders named as those below `path`; by default beside each model.

    Raises:
        UserError: nothing there, no trained network in it, or no `out` for a style that ships.
    """
    name, path, style = path, locate_model(path), None
    if not path.exists() and str(name) in styles_in_base():
        path, style = locate_model(BASE), str(name)
    if not path.exists():
        raise UserError(
            f"{path}: no such checkpoint, run folder or sweep, nor a style; {what_ships(path)}"
        )
    if out is None and path != name.expanduser():
        raise UserError(f"{name}: ships with kunster; say with --out where its exports go")
    if not path.is_dir():
        return [Source(path, out or path.parent, style)]
    stages = get_args(Stage)
    of_a_run = [path / stage for stage in stages]
    of_a_sweep = [run / stage for run in sorted(path.iterdir()) for stage in stages]
    for folders in ([path], of_a_run, of_a_sweep):
        if models := [model for folder in folders if (model := model_in(folder, FILES))]:
            return [
                Source(model, out / model.parent.relative_to(path) if out else model.parent)
                for model in models
            ]
    raise UserError(
        f"{path}: no trained network: there is no {' or '.join(FILES)} in it, nor in "
        f"{' or '.join(stages)} of it or of a run in it"
    )
