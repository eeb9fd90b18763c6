"""Where the model files of a run lie."""

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from kunster.assets.trained import what_ships
from kunster.errors import UserError
from kunster.networks.description import Stage

# in a stage's folder, in order of preference; all hold the same network
FILES = ("model.safetensors", "last.ckpt", "model.onnx")
# suffixes; torch.save writes all but the first
WEIGHTS = (".safetensors", ".ckpt", ".pth", ".pt", ".model", ".bin", ".tar")


def check_weights(path: Path) -> None:
    """Raises a UserError unless that is the name of a file of weights."""
    if path.suffix not in WEIGHTS:
        raise UserError(f"{path}: weights come as {', '.join(WEIGHTS)}")


def model_in(folder: Path, names: Sequence[str] = FILES) -> Path | None:
    """The first of these files that exists in a stage's folder, or None."""
    return next((folder / name for name in names if (folder / name).is_file()), None)


def model_files(path: Path) -> list[Path]:
    """Model files of a run folder, one a stage in order of training; a file gives itself.

    Raises:
        UserError: nothing there, or no model in the folder.
    """
    if not path.exists():
        raise UserError(
            f"{path}: no such run folder or model file, nor a style; {what_ships(path)}"
        )
    if not path.is_dir():
        return [path]
    stages = [path / stage for stage in get_args(Stage)]
    files = [file for folder in (*stages, path) if (file := model_in(folder))]
    if not files:
        raise UserError(
            f"{path}: not a run folder: neither perceptual/ nor temporal/ holds {', '.join(FILES)}"
        )
    return files
