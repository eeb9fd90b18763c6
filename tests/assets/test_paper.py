"""`assets=paper` from nothing: it fetches what the paper trained on, and trains as published."""

import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.models import vgg16

from kunster.run.configuration import composed, resolved
from kunster.run.needs import needed_assets

from ..flo_files import write_flo
from ..small_runs import run_short
from .archives import zip_bytes


def encoded(picture: np.ndarray, kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind)
    return file.getvalue()


def coco(photos: list[np.ndarray]) -> bytes:
    """Five photos in the layout of train2017.zip."""
    return zip_bytes(
        {
            f"train2017/{number:012}.jpg": encoded(photos[number % 2][: 200 + number], "JPEG")
            for number in range(5)
        }
    )


def sintel(photo: np.ndarray, folder: Path) -> bytes:
    """Two frames of a pan in the layout of MPI-Sintel-complete.zip, and one more file."""
    files = {"training/albedo/pan/frame_0001.png": b"not a picture"}
    for render_pass in ("clean", "final"):
        for number in (1, 2):
            frame = encoded(photo[:96, 20 - 4 * number :][:, :128], "PNG")
            files[f"training/{render_pass}/pan/frame_{number:04}.png"] = frame
    write_flo(folder / "pan.flo", np.tile(np.float32([4, 0]), (96, 128, 1)))
    files["training/flow/pan/frame_0001.flo"] = (folder / "pan.flo").read_bytes()
    return zip_bytes(files)


def narrow_vgg16() -> bytes:
    """torchvision's layers up to conv4_3, an eighth as wide."""
    torch.manual_seed(0)
    with torch.device("meta"):  # the shapes alone
        whole = vgg16(weights=None).features[:23]
    narrow, channels = {}, 3
    for number, layer in enumerate(whole):
        if isinstance(layer, torch.nn.Conv2d):
            width = layer.out_channels // 8
            kernels = torch.randn(width, channels, 3, 3) * (2 / (9 * channels)) ** 0.5
            narrow[f"features.{number}.weight"] = kernels
            narrow[f"features.{number}.bias"] = torch.zeros(width)
            channels = width
    file = io.BytesIO()
    torch.save(narrow, file)
    return file.getvalue()


@pytest.fixture
def contents(photos, tmp_path) -> dict[str, bytes]:
    return {
        "coco_train": coco(photos),
        "vgg16": narrow_vgg16(),
        "sintel": sintel(photos[0], tmp_path),
    }


@pytest.fixture
def paper(site, contents, tmp_path):
    """Runs `kunster run +experiment=scream assets=paper` where nothing was fetched so far."""
    stand_ins = {
        name: (site.serve(name, data), len(data), hashlib.sha256(data).hexdigest())
        for name, data in contents.items()
    }
    environment = {
        "STAND_INS": json.dumps(stand_ins),
        "KUNSTER_DATA": str(tmp_path / "data"),
        "KUNSTER_CACHE": str(tmp_path / "cache"),
    }

    def run(*overrides: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "tests.assets.paper_run", "+experiment=scream"]
        command += ["assets=paper", f"hydra.run.dir={tmp_path / 'run'}", *overrides]
        return run_short(*command, **environment)

    return run


SHORT = [
    *("objective.perceptual.steps=2", "objective.temporal.steps=2", "photos.size=64"),
    *("photos.batch=1", "clips.frame_size=[64,64]", "export.enabled=false", "logger=csv"),
    *("alpha=0.125", "beta=0.25", "trainer.precision=32-true"),
]


def test_it_fetches_and_trains_both_stages_on_what_it_fetched(paper, site, contents, tmp_path):
    done = paper("fetch=always", *SHORT)
    assert done.returncode == 0, done.stderr
    assert sorted(path for path, _ in site.asked) == sorted(contents)
    for licence in ("Creative Commons", "BSD-3-Clause", "Blender Foundation"):
        assert licence in done.stdout
    results = json.loads((tmp_path / "run" / "results.json").read_text())
    assets = {asset["name"]: asset for asset in results["assets"]}
    weights = next(asset for asset in results["assets"] if "vgg16" in asset["source"])
    assert weights["sha256"] == hashlib.sha256(contents["vgg16"]).hexdigest()
    assert assets["scream"]["source"] == "The Scream, Edvard Munch, 1893"
    assert assets["photos"]["source"] == "coco, 5 photos"
    assert assets["clips"]["source"] == "MPI Sintel clean and final, 2 pairs of 1 scenes"
    for stage in results["stages"].values():
        assert stage["steps"] == 2
        assert 0 <= stage["data_wait"] <= 1
    assert not (tmp_path / "data/sintel/training/albedo").exists()


def test_nothing_is_fetched_where_nobody_can_be_asked(paper, site, tmp_path):
    refused = paper(*SHORT)
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert "add fetch=always" in refused.stderr
    assert site.asked == []
    assert list((tmp_path / "run").iterdir()) == []


def test_mistakes_are_found_before_gigabytes_are_fetched(paper, site):
    refused = paper("fetch=always", "alpha=0.3")
    assert refused.returncode == 2
    assert "alpha=0.3" in refused.stderr
    assert site.asked == []


@pytest.mark.parametrize(
    ("overrides", "needed"),
    [
        ([], []),
        (["assets=paper"], ["coco_train", "vgg16", "sintel"]),
        (["assets=paper", "stages=[perceptual]"], ["coco_train", "vgg16"]),
        (["assets=paper", "stages=[temporal]"], ["vgg16", "sintel"]),
        (["assets=paper", "photos.split=val2017"], ["coco_val", "vgg16", "sintel"]),
        (["assets=paper", "photos.path=/photos"], ["vgg16", "sintel"]),
        (["assets=paper", "perceptual=vgg19", "clips=synthetic"], ["coco_train"]),
        (
            ["assets=paper", "clips=synthetic", "stages=[temporal]"],
            ["coco_train", "vgg16"],
        ),
        (["clips=video", "clips.path=/mine", "clips.flow=raft"], ["raft"]),
        (["clips=video", "clips.path=/mine", "clips.flow=raft", "stages=[perceptual]"], []),
        (["clips=video", "clips.path=/mine"], []),  # auto takes what there is
    ],
)
def test_only_what_the_configuration_uses_is_needed(overrides, needed):
    config = resolved(composed(["+experiment=scream", *overrides]))
    assert list(needed_assets(config)) == needed
