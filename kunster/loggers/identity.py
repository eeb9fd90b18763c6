"""Names in W&B: a run's name, id, group, tags and configuration, and its artifact's name."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kunster.networks.description import STAGES, Description
from kunster.networks.table2 import KINDS_IN_TABLE2, network_facts, row_of_table2

LONGEST_TAG, LONGEST_NAME = 64, 128  # characters that W&B takes
Mode = Literal["offline", "online", "disabled"]


@dataclass(frozen=True)
class WandbSettings:
    """Settings of the group `logger.wandb`; see `WandbStages`."""

    project: str = "kunster"
    group: str | None = None
    mode: Mode = "offline"
    tags: Sequence[str] = ()


def init_arguments(
    settings: WandbSettings, config: Mapping[str, Any], folder: Path, description: Description
) -> dict[str, Any]:
    """Arguments of `wandb.init`: sweeps are groups, stages are job types."""
    stage = STAGES[description.stage]
    return {
        "project": _project_of_sweep() or settings.project,
        "name": f"{folder.name} {stage}",
        "group": settings.group or _group_of_environment(),
        "job_type": stage,
        "tags": [text[:LONGEST_TAG] for text in (*_marks(description), stage, *settings.tags)],
        "config": {**config, **network_facts(description), "stage": stage},
    }


def run_id(config: Mapping[str, Any], description: Description) -> str | None:
    """Id of a stage that was not logged before; None lets W&B choose one.

    The agent of a W&B sweep sets an id. The first stage takes it, so that the agent finds its run;
    the second stage derives another, so that it does not overwrite the first.
    """
    given = os.environ.get("WANDB_RUN_ID")
    first = next(stage for stage in STAGES if stage in config["stages"])
    if given is None or description.stage == first:
        return given
    return f"{given}-{description.stage}"


def artifact_name(description: Description) -> str:
    """Artifact of a network in a style, `scream-id14-a0.25-b0.5`; stages are versions of it."""
    parts: list[str | None] = [*reversed(_marks(description))]
    if description.kind in KINDS_IN_TABLE2:
        parts += [description.kind] if description.kind != "kunster" else []
        parts += [f"a{description.alpha:g}", f"b{description.beta:g}"]
        parts += [description.layout] if description.layout != "table2" else []
    parts += [description.norm] if description.norm != "instance" else []
    return re.sub(r"[^\w.-]+", "-", "-".join(map(str, parts)), flags=re.ASCII)[:LONGEST_NAME]


def _group_of_environment() -> str | None:
    """The group that the user set, or the W&B sweep whose agent started this run."""
    return os.environ.get("WANDB_RUN_GROUP") or os.environ.get("WANDB_SWEEP_ID")


def _project_of_sweep() -> str | None:
    """Project of the W&B sweep whose agent started this run, which W&B lets be in no other."""
    return os.environ.get("WANDB_PROJECT") if os.environ.get("WANDB_SWEEP_ID") else None


def _marks(description: Description) -> tuple[str, str]:
    """Network, as `id14` or its kind, and style."""
    number = row_of_table2(description)
    return (description.kind if number is None else f"id{number}", description.style)
