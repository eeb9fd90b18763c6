"""A sweep's folder as training leaves it, but for the training: real networks, made-up figures."""

import json
from pathlib import Path

import pytest

from kunster.data import preview_photos
from kunster.networks.model_file import save_model
from kunster.networks.table2 import ROWS, network_facts
from kunster.networks.table2 import Row as PaperRow
from kunster.report import drawing, stylized_photos

from ..random_networks import describe, random_network

PHOTOS = "4 bundled photographs, seen in training unless photos=folder"


def write_run(
    folder: Path,
    row: PaperRow,
    style: str = "scream",
    steady: bool = True,
    norm: str = "instance",
) -> Path:
    """An untrained network of Table II's sizes with the results.json that a run would have."""
    stages = ("perceptual", "temporal") if steady else ("perceptual",)
    for stage in stages:
        size = {"alpha": row.alpha, "beta": row.beta}
        description = describe(**size, norm=norm, stage=stage, style=style)
        network = random_network(description, row.id)
        save_model(network, description, folder / stage / "model.safetensors")
    results = {
        **network_facts(description),
        **{"style": style, "assets": []},
        "stages": {stage: _stage(row, stage) for stage in stages},
        **{"versions": {}, "device": "a machine of 2 cores"},
    }
    (folder / "results.json").write_text(json.dumps(results))
    return folder


def _stage(row: PaperRow, stage: str) -> dict:
    steadier = 0.01 if stage == "temporal" else 0
    figures = {"style": 0.05 + row.id / 1000, "content": 0.5, "e_stab": 0.03 - steadier}
    measured = {"judge": "vgg19", "photos": PHOTOS, "pairs": "8 pairs"}
    return {"steps": 100, "seconds": 1.0, "loss": 1.0, "evaluation": figures | measured}


@pytest.fixture(scope="session", autouse=True)
def small_pictures():
    """Photos and figures of few pixels."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (preview_photos, stylized_photos):
            patch.setattr(module, "SIZE", (64, 96))
        patch.setattr(drawing, "FILE_RESOLUTION", 50)
        yield


@pytest.fixture(scope="session")
def table2_sweep(tmp_path_factory, small_pictures) -> Path:
    """The 15 networks of Table II and their report."""
    from kunster.report.__main__ import main

    folder = tmp_path_factory.mktemp("sweeps") / "table2"
    for row in ROWS:
        write_run(folder / f"scream_{row.id}", row)
    assert main([str(folder)]) == 0
    return folder


@pytest.fixture
def small_sweep(tmp_path) -> Path:
    """Ids 15 and 10, cheap to run; no report yet."""
    write_run(tmp_path / "sweep" / "first", ROWS[14])
    write_run(tmp_path / "sweep" / "second", ROWS[9])
    return tmp_path / "sweep"
