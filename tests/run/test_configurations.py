"""Configurations that ship: all of them compose, and travel in the wheel."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from kunster.networks.table2 import ROWS
from kunster.run.configuration import composed, resolved
from kunster.run.settings import check_config

ROOT = Path(__file__).parents[2]


def test_the_sweep_file_names_the_15_networks():
    grid = yaml.safe_load((ROOT / "sweeps" / "table2.yaml").read_text())["grid"]
    points = {(alpha, beta) for alpha in grid["alpha"] for beta in grid["beta"]}
    assert points == {(row.alpha, row.beta) for row in ROWS}
    wandb = yaml.safe_load((ROOT / "sweeps" / "wandb_table2.yaml").read_text())["parameters"]
    assert {name: values["values"] for name, values in wandb.items()} == grid


def config_of(*overrides: str) -> dict[str, Any]:
    return check_config(resolved(composed([*overrides])))[0]


def target(part: dict[str, Any]) -> str:
    return part["_target_"].rpartition(".")[2]


def test_every_experiment_is_its_style():
    listed = [path.stem for path in (ROOT / "conf" / "experiment").glob("*.yaml")]
    assert sorted(listed) == ["composition_vii", "great_wave", "scream", "starry_night", "udnie"]
    for name in listed:
        config = config_of(f"+experiment={name}")
        assert config["style"]["name"] == name
        assert target(config["photos"]) == "BundledPhotos"


def test_the_papers_configuration_is_as_published():
    paper = config_of("+experiment=scream", "assets=paper")
    assert target(paper["photos"]) == "CocoPhotos"
    assert target(paper["perceptual"]) == "load_vgg16"
    assert target(paper["clips"]) == "SintelClips"
    stage_1, stage_2 = paper["objective"]["perceptual"], paper["objective"]["temporal"]
    photos, clips = paper["photos"], paper["clips"]
    assert (photos["size"], photos["jitter"], list(photos["scale"])) == (256, 0, [1, 1])
    seen = stage_1["steps"] * photos["batch"]
    assert seen - photos["batch"] < 2 * 118_287 <= seen
    assert stage_2["steps"] * clips["batch"] == 2 * 2 * 1_041
    assert list(clips["frame_size"]) == [360, 640]
    assert stage_2["both_frames"]
    assert stage_2["terms"]["output"]["luminance"] is True
    ours = config_of("assets=paper", "objective@objective.perceptual=perceptual", "photos=bundled")
    assert target(ours["objective"]["perceptual"]["optimizer"]) == "adam_by_fan_in"


@pytest.mark.parametrize("name", ["great_wave", "starry_night"])
def test_a_style_brings_its_objectives_but_where_others_are_named(name):
    def statistics(*overrides: str) -> list[str]:
        stages = config_of(*overrides)["objective"].values()
        return [stage["terms"]["style"]["statistics"] for stage in stages]

    assert statistics(f"style={name}") == statistics(f"+experiment={name}") == ["moments"] * 2
    named = [f"objective@objective.{stage}={stage}" for stage in ("perceptual", "temporal")]
    assert statistics(f"style={name}", *named) == ["gram", "gram"]
    paper, scream = (
        config_of(f"+experiment={each}", "assets=paper", "style.weight=1")["objective"]
        for each in (name, "scream")
    )
    assert paper == scream


def test_huangs_stage_2_has_no_feature_term_and_counts_light_as_an_error():
    terms = config_of("objective@objective.temporal=temporal_huang")["objective"]["temporal"][
        "terms"
    ]
    assert terms["feature"]["weight"] == 0 < terms["output"]["weight"]
    assert terms["output"]["luminance"] is False


def test_every_command_that_trains_a_baseline_composes():
    text = (ROOT / "docs" / "baselines.md").read_text().replace("\\\n", " ")
    commands = re.findall(r"^ +kunster run (.+)", text, re.MULTILINE)
    found = {}
    for command in commands:
        words = command.replace("STEPS", "10").split()
        folder = words.pop().removeprefix("hydra.run.dir=runs/")
        found[folder] = config_of(*words)
    assert {name: target(config["network"]) for name, config in found.items()} == {
        **{"johnson": "johnson", "reconet": "reconet"},
        **{"huang": "dilated", "kunster": "dilated"},
    }
    assert found["johnson"]["objective"]["perceptual"]["steps"] == 10
    for name in ("reconet", "huang"):
        scratch, stages = found[name], found[name]["objective"]
        assert (list(scratch["stages"]), scratch["start"]) == (["temporal"], None)
        assert (stages["temporal"]["steps"], stages["temporal"]["both_frames"]) == (10, True)
        peak = stages["perceptual"]["optimizer"]["lr"]
        assert stages["temporal"]["optimizer"]["lr"] == peak
    assert found["reconet"]["objective"]["temporal"]["terms"]["feature"]["weight"] > 0


def test_a_wheel_carries_its_configurations(tmp_path):
    pytest.importorskip("hatchling")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    built = subprocess.run(build, capture_output=True, text=True, cwd=ROOT)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    import zipfile

    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        *("kunster/conf/config.yaml", "kunster/conf/hydra/launcher/slurm.yaml"),
        *("kunster/sweeps/table2.yaml", "kunster/sweeps/wandb_table2.yaml"),
        *("kunster/assets/vgg19_conv4_3.safetensors", "kunster/assets/paintings/scream.jpg"),
        *("kunster/py.typed", "kunster/assets/NOTICE.md"),
    } <= names
    assets = (ROOT / "kunster" / "assets").rglob("*.*")
    carried = [file for file in assets if file.suffix in (".safetensors", ".jpg", ".md")]
    assert {file.relative_to(ROOT).as_posix() for file in carried} <= names
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    asking = [sys.executable, "-m", "kunster.run"]
    asked = subprocess.run(
        [*asking, "+experiment=scream", "hydra/launcher=slurm", "--cfg", "all"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
    )
    assert asked.returncode == 0, asked.stderr
    assert "The Scream" in asked.stdout
    assert "requeue: true" in asked.stdout
