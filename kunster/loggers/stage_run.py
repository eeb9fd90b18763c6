"""A stage of a run as a run of Weights & Biases, complete after interruptions too."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from kunster.callbacks.curve import read_curve
from kunster.console.quiet import keep_quiet
from kunster.loggers import keys
from kunster.loggers.identity import (
    WandbSettings,
    artifact_name,
    init_arguments,
    run_id,
)
from kunster.loggers.sittings import Previews, Sittings
from kunster.loggers.table import Shown, network_table
from kunster.networks.description import Description
from kunster.video.writer import write_video

if TYPE_CHECKING:
    import wandb

EXPORTS = (  # those that exist go into the artifact
    *("last.ckpt", "model.safetensors", "manifest.json"),
    *("model.onnx", "model.mlpackage", "model.tflite"),
)
# variables that W&B's agent sets for a run
OF_THE_AGENT = ("WANDB_RUN_ID", "WANDB_SWEEP_ID", "WANDB_SWEEP_PARAM_PATH")
CLIP_QUALITY = 23  # constant rate factor: half the size of a visually lossless clip


class StageRun:
    """Logs a stage; W&B's step is the optimiser's.

    W&B cannot resume an offline run: it keeps a folder for each sitting, and `wandb sync` of the
    second would overwrite the first or repeat the steps after its last checkpoint. So a resumed
    stage is logged again from its curve and its previews, under the same id, and replaces the
    earlier sittings.

    Args:
        run: from `wandb.init`.
        folder: of the stage.
        description: of its network.
        before: earlier sittings of the stage.
    """

    def __init__(
        self, run: "wandb.Run", folder: Path, description: Description, before: Sittings
    ) -> None:
        self.run, self.folder, self.description, self.before = run, folder, description, before
        self.previews = Previews(folder / "wandb" / "previews")

    def repeat(self, curve: Path, step: int) -> None:
        """Logs losses and previews up to a step again and removes the earlier sittings.

        Args:
            curve: the losses, see `kunster.callbacks.curve`.
        """
        rows = {int(row["step"]): row for row in read_curve(curve)}
        for done in sorted(rows.keys() | self.previews.steps()):
            if done <= step:
                self.log_losses(done, rows.get(done, {}))
                self._log_previews(done)
        self.before.remove()

    def log_losses(self, step: int, row: Mapping[str, float]) -> None:
        """Logs a row of the curve."""
        self.run.log({keys.curve(name): row[name] for name in row if name != "step"}, step=step)

    def log_previews(self, step: int, photos: Mapping[str, np.ndarray]) -> None:
        """Logs stylized photos, uint8 RGB (H, W, 3) by name."""
        self.previews.keep(step, photos)
        self._log_previews(step)

    def _log_previews(self, step: int) -> None:
        import wandb

        images = {name: wandb.Image(str(path)) for name, path in self.previews.at(step).items()}
        self.run.log({keys.preview(name): image for name, image in images.items()}, step=step)

    def finish(
        self,
        figures: Mapping[str, Any],
        photos: Mapping[str, np.ndarray],
        clip: Iterable[np.ndarray],
        frames_per_second: float,
    ) -> None:
        """Logs the table row, pictures and files of the stage, and closes the run.

        Args:
            figures: as in results.json.
            photos: stylized, uint8 RGB (H, W, 3) by name.
            clip: stylized frames, uint8 RGB (H, W, 3).
        """
        with TemporaryDirectory() as scratch, _artifacts_beside(self.folder):
            path = Path(scratch) / "clip.mp4"
            write_video(path, clip, frames_per_second, CLIP_QUALITY)
            shown = Shown(photos, path, self.folder / "preview.png")
            self._log_row(figures, shown)
            self._log_files(figures)
            self.run.finish()

    def _log_row(self, figures: Mapping[str, Any], shown: Shown) -> None:
        import wandb

        run, sweep = self.folder.parent.name, self.run.group or None
        logged: dict[str, Any] = {
            keys.stylized(name): wandb.Image(photo) for name, photo in shown.photos.items()
        }
        logged |= {
            keys.STRIP: wandb.Image(Image.open(shown.strip), file_type="jpg"),
            keys.CLIP: wandb.Video(str(shown.clip), format="mp4"),
            keys.TABLE: network_table(self.description, run, sweep, figures, shown),
        }
        self.run.log(logged, step=figures["steps"])
        look = figures["evaluation"]
        judged = {keys.first_look(name): look[name] for name in keys.LOOK}
        judged |= {keys.first_look(name): value for name, value in look["painted"].items()}
        trained = {keys.final(name): figures[name] for name in figures if name != "evaluation"}
        self.run.summary.update({**trained, **judged})

    def _log_files(self, figures: Mapping[str, Any]) -> None:
        import wandb

        metadata = {
            **self.description.to_metadata(),
            **{"run": self.folder.parent.name, "sweep": self.run.group or None},
            "figures": figures,
        }
        artifact = wandb.Artifact(artifact_name(self.description), "model", metadata=metadata)
        for name in EXPORTS:
            path = self.folder / name
            if path.is_dir():
                artifact.add_dir(str(path), name=name)
            elif path.is_file():
                artifact.add_file(str(path))
        self.run.log_artifact(artifact, aliases=["latest", self.description.stage])


def open_stage_run(
    settings: WandbSettings, config: Mapping[str, Any], folder: Path, description: Description
) -> StageRun:
    """Starts the W&B run of a stage.

    Args:
        settings: project, group, tags and mode.
        config: of the run, resolved.
        folder: of the run.
    """
    keep_quiet()
    import wandb

    place = folder / description.stage
    place.mkdir(parents=True, exist_ok=True)
    before = Sittings.find(place / "wandb")
    os.environ.setdefault("WANDB_SILENT", "true")
    arguments = init_arguments(settings, config, folder, description)
    name = run_id(config, description)
    with _apart_from_the_agents_run(name):
        run = wandb.init(
            **arguments,
            id=before.id or name,
            dir=place,
            mode=settings.mode,
            settings=wandb.Settings(console="off", silent=True, x_disable_stats=True),
        )
    return StageRun(run, place, description, before)


@contextmanager
def _apart_from_the_agents_run(name: str | None) -> Iterator[None]:
    """Hides the agent's variables from a second stage, which W&B would give the first one's id."""
    if os.environ.get("WANDB_RUN_ID") in (None, name):
        yield
        return
    import wandb

    given = {variable: os.environ.pop(variable, None) for variable in OF_THE_AGENT}
    wandb.teardown()  # which has read them
    try:
        yield
    finally:
        os.environ |= {variable: value for variable, value in given.items() if value is not None}


@contextmanager
def _artifacts_beside(folder: Path) -> Iterator[None]:
    """Keeps artifacts of offline runs in the stage's folder; W&B's default is the user's home."""
    given = os.environ.get("WANDB_DATA_DIR")
    os.environ["WANDB_DATA_DIR"] = given or str(folder / "wandb")
    try:
        yield
    finally:
        if given is None:
            del os.environ["WANDB_DATA_DIR"]
