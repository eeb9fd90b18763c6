"""Folders and previews that earlier sittings of an interrupted stage left in W&B's folder."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kunster.pictures.images import write_jpeg

SITTING = re.compile(r"(?:offline-)?run-(?P<time>\d{8}_\d{6})-(?P<id>.+)")  # as W&B names folders
STAGING = "artifacts"  # W&B's copies of files in artifacts
QUALITY = 85  # a seventh of a PNG's size; the last pictures are PNG


@dataclass(frozen=True)
class Sittings:
    """W&B's folders of a stage, oldest first: one for each time that it was started."""

    folders: tuple[Path, ...]

    @classmethod
    def find(cls, folder: Path) -> "Sittings":
        """The sittings in a `wandb` folder, which need not exist."""
        found = {path: SITTING.fullmatch(path.name) for path in folder.glob("*run-*")}
        times = {path: match["time"] for path, match in found.items() if match}
        return cls(tuple(sorted(times, key=lambda path: times[path])))

    @property
    def id(self) -> str | None:
        """Id of the run; None if it was never logged."""
        match = SITTING.fullmatch(self.folders[-1].name) if self.folders else None
        return match["id"] if match else None

    def remove(self) -> None:
        """Deletes the folders and the copies that W&B keeps of their artifacts."""
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)
        if self.folders:
            shutil.rmtree(self.folders[0].parent / STAGING, ignore_errors=True)


@dataclass(frozen=True)
class Previews:
    """Pictures of all sittings: `<step>/<photo>.jpg`."""

    folder: Path

    def keep(self, step: int, photos: Mapping[str, np.ndarray]) -> None:
        """Photos by name, uint8 RGB (H, W, 3)."""
        for name, photo in photos.items():
            write_jpeg(photo, self.folder / str(step) / f"{name}.jpg", QUALITY)

    def steps(self) -> set[int]:
        """Steps that have pictures."""
        return {int(path.name) for path in self.folder.glob("*") if path.name.isdecimal()}

    def at(self, step: int) -> dict[str, Path]:
        """Picture files of a step by photo."""
        return {path.stem: path for path in sorted((self.folder / str(step)).glob("*.jpg"))}
