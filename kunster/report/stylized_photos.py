"""The same photos stylized by every network of a sweep, and pictures of the paintings."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from kunster.assets.paintings import KNOWN
from kunster.data.decode import decode_photo
from kunster.data.moving_clip import moving_clip
from kunster.data.preview_photos import SIZE, preview_pictures
from kunster.errors import UserError
from kunster.measures.models import Model, open_model
from kunster.networks.description import Stage
from kunster.pictures.images import as_bytes, as_image
from kunster.results.run_folder import setting
from kunster.results.runs import Run, Trained

NAMES = ("astronaut", "coffee", "rocket", "cat", "a frame of the moving clip")
CLIP_FRAME = 85  # the rocket, the balloon before it, both in motion
PAINTING_SIDE = 384  # pixels, the shorter


@dataclass(frozen=True)
class StylizedPhotos:
    """Photos and, by run and stage, their stylized versions: uint8 RGB (N, H, W, 3)."""

    originals: np.ndarray
    stylized: dict[tuple[str, Stage], np.ndarray]

    def of(self, run: Run, stage: Stage) -> np.ndarray:
        return self.stylized[run.name, stage]


def original_pictures() -> np.ndarray:
    """Four bundled photos and a frame of the clip, called `NAMES`: uint8 RGB (5, H, W, 3)."""
    frame = next(moving_clip(size=SIZE, first=CLIP_FRAME))
    return np.concatenate([preview_pictures(), frame[None]])


def stylize_all(runs: Sequence[Run]) -> StylizedPhotos:
    """Stylizes the photos with the model of every stage.

    Raises:
        UserError: a model file is damaged, or is another network than its results say.
    """
    originals = original_pictures()
    stylized = {
        (run.name, name): _stylized(run, stage, originals)
        for run in runs
        for name, stage in run.stages.items()
    }
    return StylizedPhotos(originals, stylized)


def _stylized(run: Run, stage: Trained, pictures: np.ndarray) -> np.ndarray:
    model = open_model(stage.model)
    _check_same(run, model)
    with torch.inference_mode():  # one at a time: pictures do not depend on their neighbours
        return np.stack([as_bytes(model.network(as_image(one))[0]) for one in pictures])


def _check_same(run: Run, model: Model) -> None:
    said = (run.style, run.alpha, run.beta, run.parameters)
    network = model.description
    found = (network.style, network.alpha, network.beta, network.parameters)
    if said != found:
        names = ("style", "alpha", "beta", "parameters")
        name, here, there = next(
            each for each in zip(names, found, said, strict=True) if each[1] != each[2]
        )
        raise UserError(
            f"{model.path} has {name}={here}, but the run's results.json says {there}: train that "
            "run again, or take its folder out"
        )


def painting_of(run: Run) -> np.ndarray | None:
    """Picture (H, W, 3) of a run's painting; None where it is not on this machine."""
    path = _style_image(run.folder)
    if path is None and run.style in KNOWN:
        path = KNOWN[run.style].path
    try:
        return decode_photo(path, PAINTING_SIDE) if path else None
    except UserError:  # damaged since: the report says that there is no picture
        return None


def _style_image(run: Path) -> Path | None:
    """`style.image` of a run's configuration, if that is a file."""
    value = setting(run, "style.image")
    path = Path(value).expanduser() if isinstance(value, str) and value else None
    return path if path and path.is_file() else None
