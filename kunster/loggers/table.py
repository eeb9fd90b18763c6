"""Row of a stage in the table of all networks."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kunster.files.conf import default_terms
from kunster.networks.description import STAGES, Description
from kunster.networks.table2 import network_facts
from kunster.results.runs import PAINTED

if TYPE_CHECKING:
    import wandb

NETWORK = {
    **{"id": int, "alpha": float, "beta": float, "layout": str, "norm": str},
    **{"parameters": int, "size_mb": float},
}
RUN = ("painting", "stage", "run", "sweep")
TRAINED = {"steps": int, "seconds": float, "images_per_second": float}
DISTANCES = {"style distance": "style", "content distance": "content", "e_stab": "e_stab"}


@dataclass(frozen=True)
class Shown:
    """Pictures and clip in the row of a stage.

    Attributes:
        photos: stylized, by name: uint8 RGB (H, W, 3).
        clip: an MP4 file, stylized.
        strip: a PNG file: the painting, the photos, every stage so far.
    """

    photos: Mapping[str, np.ndarray]
    clip: Path
    strip: Path


def network_table(
    description: Description, run: str, sweep: str | None, figures: Mapping[str, Any], shown: Shown
) -> "wandb.Table":
    """Table with one row; all runs have the same columns, so that W&B can join them.

    Args:
        figures: of the stage, as in results.json.
    """
    import wandb

    facts, judged = network_facts(description), figures["evaluation"]
    place = (description.style, STAGES[description.stage], run, sweep)
    columns = {  # type and value
        **{name: (kind, facts[name]) for name, kind in NETWORK.items()},
        **{name: (str, text) for name, text in zip(RUN, place, strict=True)},
        **{name: (kind, figures[name]) for name, kind in TRAINED.items()},
        "loss": (float, figures.get("loss")),
        **{f"{term} loss": (float, figures.get(term)) for term in default_terms()},
        **{name: (float, judged[figure]) for name, figure in DISTANCES.items()},
        **{name: (float, judged["painted"].get(name)) for name in PAINTED},
        "judge": (str, judged["judge"]),
        **{name: (wandb.Image, wandb.Image(photo)) for name, photo in shown.photos.items()},
        "clip": (wandb.Video, wandb.Video(str(shown.clip), format="mp4")),
    }
    types, row = zip(*columns.values(), strict=True)
    return wandb.Table(list(columns), [list(row)], dtype=list(types), optional=True)
