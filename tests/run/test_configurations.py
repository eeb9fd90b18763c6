"""What ships as configuration: all of it composes, and travels in the wheel."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from kunster.networks.table2 import ROWS

ROOT = Path(__file__).parents[2]


def test_the_sweep_file_names_the_15_networks():
    grid = yaml.safe_load((ROOT / "sweeps" / "table2.yaml").read_text())["grid"]
    points = {(alpha, beta) for alpha in grid["alpha"] for beta in grid["beta"]}
    assert points == {(row.alpha, row.beta) for row in ROWS}
    wandb = yaml.safe_load((ROOT / "sweeps" / "wandb_table2.yaml").read_text())["parameters"]
    assert {name: values["values"] for name, values in wandb.items()} == grid


def test_every_shipped_configuration_composes():
    listed = [path.stem for path in (ROOT / "conf" / "experiment").glob("*.yaml")]
    assert sorted(listed) == ["composition_vii", "great_wave", "scream", "starry_night", "udnie"]
    from hydra import compose, initialize_config_dir

    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        for name in listed:
            config = compose("config", [f"+experiment={name}"])
            assert config.style.name == name
            assert config.photos._target_.endswith("bundled_photos")
        paper = compose("config", ["+experiment=scream", "assets=paper"])
        assert paper.photos._target_.endswith("coco_photos")
        assert paper.perceptual._target_.endswith("load_vgg16")
        assert paper.clips._target_.endswith("sintel_clips")
        stage_1, stage_2 = paper.objective.perceptual, paper.objective.temporal
        assert stage_1.size == 256
        assert (stage_1.steps - 1) * stage_1.batch < 2 * 118_287 <= stage_1.steps * stage_1.batch
        assert stage_2.steps * stage_2.batch == 2 * 2 * 1_041
        assert list(paper.clips.frame_size) == [360, 640]
        assert stage_2.both_frames
        huang = compose(
            "config", ["objective@objective.temporal=temporal_huang"]
        ).objective.temporal
        assert huang.feature_weight == 0 < huang.output_weight
        assert (huang.luminance, stage_2.luminance) == (False, True)
        assert compose("config", ["network=johnson"]).network.kind == "johnson"
        reconet = compose("config", ["network=reconet", "stages=[temporal]"])
        assert (reconet.network.kind, list(reconet.stages)) == ("reconet", ["temporal"])
        ours = compose("config", ["assets=paper", "objective@objective.perceptual=perceptual"])
        assert ours.objective.perceptual.batch == 1
        finish = ["+experiment=scream", "+profile=finish"]
        exact = compose("config", [*finish, "perceptual.path=vgg19.npz"])
        assert exact.perceptual._target_.endswith("load_vgg19")
        for stage in ("perceptual", "temporal"):
            assert exact.objective[stage].grid_weight == 1000
        chosen = compose("config", [*finish, "perceptual=vgg16"])
        assert chosen.perceptual._target_.endswith("load_vgg16")


def test_every_command_that_trains_a_baseline_composes():
    text = (ROOT / "docs" / "baselines.md").read_text().replace("\\\n", " ")
    commands = re.findall(r"^ +python -m kunster\.run (.+)", text, re.MULTILINE)
    from hydra import compose, initialize_config_dir

    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        found = {}
        for command in commands:
            words = command.replace("STEPS", "10").split()
            folder = words.pop().removeprefix("hydra.run.dir=runs/")
            found[folder] = compose("config", words)
    assert {name: config.network.kind for name, config in found.items()} == {
        **{"johnson": "johnson", "reconet": "reconet"},
        **{"huang": "kunster", "kunster": "kunster"},
    }
    assert found["johnson"].objective.perceptual.steps == 10
    for name in ("reconet", "huang"):
        scratch = found[name]
        assert (list(scratch.stages), scratch.start) == (["temporal"], None)
        assert (scratch.objective.temporal.steps, scratch.objective.temporal.both_frames) == (
            10,
            True,
        )
        peak = scratch.objective.perceptual.optimizer.lr
        assert scratch.objective.temporal.optimizer.lr == peak
    assert found["reconet"].objective.temporal.feature_weight > 0


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
        *("kunster/assets/slim.safetensors", "kunster/assets/styles/scream.safetensors"),
    } <= names
    assets = (ROOT / "kunster" / "assets").rglob("*.*")
    carried = [file for file in assets if file.suffix in (".safetensors", ".md")]
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
    assert "title: The Scream" in asked.stdout
    assert "requeue: true" in asked.stdout
