"""The registry, compared with torchvision and with itself."""

import re
from pathlib import Path

import pytest

from kunster.assets.registry import ASSETS, Unpacking, data_root


def test_the_place_for_data(monkeypatch, tmp_path):
    monkeypatch.setenv("KUNSTER_DATA", str(tmp_path))
    assert data_root() == tmp_path
    monkeypatch.setenv("KUNSTER_DATA", "")
    monkeypatch.setenv("HOME", "/home/munch")
    assert data_root() == Path("/home/munch/.local/share/kunster")


def test_weights_are_those_that_torchvision_names():
    from torchvision.models import VGG16_Weights
    from torchvision.models.optical_flow import Raft_Small_Weights

    for name, weights in [
        ("vgg16", VGG16_Weights.IMAGENET1K_V1),
        ("raft", Raft_Small_Weights.C_T_V2),
    ]:
        asset = ASSETS[name]
        assert asset.urls == (weights.url,)
        assert asset.size / 2**20 == pytest.approx(weights.meta["_file_size"], abs=1e-3)
        digits = re.search(r"-([0-9a-f]{8})\.pth$", weights.url)  # PyTorch's convention
        assert digits
        assert asset.sha256.startswith(digits[1])


def test_every_asset_can_be_checked_and_lands_in_its_own_place():
    for asset in ASSETS.values():
        assert re.fullmatch("[0-9a-f]{64}", asset.sha256)
        assert asset.licence
        assert bool(asset.urls) != bool(asset.wheel)
        assert not Path(asset.lands).is_absolute()
        assert asset.unpacking is None or isinstance(asset.unpacking, Unpacking)
    for field in ("lands", "filename"):
        assert len({getattr(asset, field) for asset in ASSETS.values()}) == len(ASSETS)
