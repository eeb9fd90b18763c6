"""What earlier sittings of an interrupted stage left of it in W&B's folder."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SITTING = re.compile(r"(?:offline-)?run-(?P<time>\d{8}_\d{6})-(?P<id>.+)")  # as W&B names folders
PICTURE = re.compile(r"(?P<photo>.+)_(?P<step>\d+)_[0-9a-f]+\.jpg")  # as it names media
STAGING = "artifacts"  # copies of what artifacts hold


@dataclass(frozen=True)
class Sittings:
    """Folders of W&B, oldest first, one for each time that a stage was started."""

    folders: tuple[Path, ...]

    @classmethod
    def find(cls, folder: Path) -> "Sittings":
        """Those in a `wandb` folder, which need not exist."""
        found = {path: SITTING.fullmatch(path.name) for path in folder.glob("*run-*")}
        times = {path: match["time"] for path, match in found.items() if match}
        return cls(tuple(sorted(times, key=lambda path: times[path])))

    @property
    def id(self) -> str | None:
        """The run's, None where it was never logged."""
        match = SITTING.fullmatch(self.folders[-1].name) if self.folders else None
        return match["id"] if match else None

    def previews(self) -> Mapping[int, Mapping[str, Path]]:
        """The pictures that were logged, by step and photo."""
        found: dict[int, dict[str, Path]] = {}
        for folder in self.folders:
            for path in sorted((folder / "files" / "media" / "images" / "preview").glob("*")):
                if match := PICTURE.fullmatch(path.name):
                    found.setdefault(int(match["step"]), {})[match["photo"]] = path
        return found

    def remove(self) -> None:
        """Deletes them and the copies that their artifacts hold."""
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)
        if self.folders:
            shutil.rmtree(self.folders[0].parent / STAGING, ignore_errors=True)
