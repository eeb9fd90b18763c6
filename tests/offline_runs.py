"""What W&B keeps of an offline run, read back with W&B's own reader."""

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class OfflineRun:
    """A folder `offline-run-…`."""

    folder: Path

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        (log,) = self.folder.glob("run-*.wandb")
        reader = [sys.executable, "-m", "wandb", "leet", "inspect", "--json", str(log)]
        read = subprocess.run(reader, capture_output=True, text=True)
        assert read.returncode == 0, read.stderr
        return [json.loads(line) for line in read.stdout.splitlines()]

    def of_type(self, name: str) -> list[dict[str, Any]]:
        return [record[name] for record in self.records if record["type"] == name]

    @property
    def run(self) -> dict[str, Any]:
        (record,) = self.of_type("run")
        return record

    @property
    def config(self) -> dict[str, Any]:
        return self.run["config"]["update"]

    @property
    def history(self) -> dict[int, dict[str, Any]]:
        """What was logged, by step; that a step has two rows is an error."""
        rows = [row["item"] for row in self.of_type("history")]
        found = {row["_step"]: row for row in rows}
        assert len(found) == len(rows)
        return found

    @property
    def keys(self) -> set[str]:
        """What was logged or is in the summary; pictures and tables as one key each."""
        logged = [*self.history.values(), *(each["update"] for each in self.of_type("summary"))]
        return {key.removesuffix("._type") for row in logged for key in row}

    @property
    def summary(self) -> dict[str, Any]:
        return {k: v for each in self.of_type("summary") for k, v in each["update"].items()}

    def file(self, step: int, key: str) -> Path:
        """Of a picture, a video or a table that was logged under a key."""
        return self.folder / "files" / self.history[step][f"{key}.path"]

    def artifact(self, name: str) -> tuple[dict[str, Any], dict[str, Path]]:
        """Its record, and where its files wait to be sent, by their names in it."""
        (record,) = [each for each in self.of_type("artifact") if each["name"] == name]
        contents = record["manifest"]["contents"]
        return record, {entry["path"]: Path(entry["local_path"]) for entry in contents}


def offline_run(stage: Path) -> OfflineRun:
    """The one that a stage's folder holds."""
    (folder,) = (stage / "wandb").glob("offline-run-*")
    return OfflineRun(folder)
