"""Shipped networks that are small and untrained."""

from pathlib import Path

import pytest

from kunster.assets import trained
from kunster.networks.model_file import save_model
from kunster.networks.table2 import ROWS

from ..random_networks import describe, random_network


@pytest.fixture
def shipped(tmp_path, monkeypatch) -> Path:
    """A package that ships The Scream, ids 14 and 10, and the wave, id 14."""
    folder = tmp_path / "trained"
    monkeypatch.setattr(trained, "FOLDER", folder)
    for style, number in (("scream", 14), ("scream", 10), ("great_wave", 14)):
        row = ROWS[number - 1]
        for stage in ("perceptual", "temporal"):
            description = describe(style=style, alpha=row.alpha, beta=row.beta, stage=stage)
            path = folder / style / f"{number}-{stage}.safetensors"
            save_model(random_network(description, number), description, path, small=True)
    return folder


@pytest.fixture
def nothing_shipped(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(trained, "FOLDER", tmp_path / "nothing")
