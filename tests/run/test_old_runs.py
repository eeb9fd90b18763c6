"""Runs of earlier versions: what makes a run another, and what is still done with an old one."""

import json
import shutil
from pathlib import Path

import cv2
import pytest
import torch
import yaml

from kunster.data.scenes import scene
from kunster.export.__main__ import main as export
from kunster.results.identity import first_difference
from kunster.run.configuration import composed, resolved
from kunster.run.settings import check_config
from kunster.stylize.__main__ import main as stylize

from ..random_networks import describe, random_network

OLD = Path(__file__).parent / "version_0_1" / "config.yaml"


def today(*overrides: str) -> dict:
    return check_config(resolved(composed(["+experiment=scream", *overrides])))[0]


@pytest.mark.parametrize(
    ("word", "difference"),
    [
        (
            "objective.perceptual.terms.style.weight=3",
            ("objective.perceptual.terms.style.weight", 10.0, 3),
        ),
        ("photos.size=192", ("photos.size", 176, 192)),
        ("seed=1", ("seed", 0, 1)),
        ("trainer.gradient_clip_val=1", ("trainer.gradient_clip_val", None, 1)),
    ],
)
def test_what_changes_the_result_is_a_difference(word, difference):
    assert first_difference(today(), today(word)) == difference


def test_a_run_of_version_0_1_under_a_network_that_no_longer_ships_is_another():
    before = yaml.safe_load(OLD.read_text())
    assert before["perceptual"]["_target_"].endswith("load_slim")
    assert first_difference(before, today()) is not None


def test_new_keys_titles_and_comments_are_no_difference():
    before, after = today(), today("style.title=Skrik", "style.painter=E. Munch")
    after["objective"]["perceptual"]["terms"]["brand_new"] = {"weight": 0.0}
    after["photos"]["brand_new"] = 1
    after["callbacks"]["brand_new"] = {"_target_": "mine.Callback"}
    assert first_difference(before, after) is None
    after["objective"]["perceptual"]["terms"]["brand_new"]["weight"] = 1.0
    key = "objective.perceptual.terms.brand_new.weight"
    assert first_difference(before, after) == (key, 0.0, 1.0)


@pytest.fixture
def run(tmp_path) -> Path:
    """A run folder of version 0.1, as far as other verbs read it."""
    folder, description = tmp_path / "old", describe(version="0.1.0", alpha=0.125)
    (folder / "perceptual").mkdir(parents=True)
    shutil.copy(OLD, folder)
    (folder / "results.json").write_text(json.dumps({"stages": {}}))
    network = random_network(description)
    state = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    checkpoint = {"description": description.to_metadata(), "state_dict": state, "global_step": 1}
    torch.save(checkpoint, folder / "perceptual" / "last.ckpt")
    return folder


def test_an_old_run_can_be_exported_evaluated_and_stylized(run, tmp_path):
    (tmp_path / "photos").mkdir()
    photo = tmp_path / "photos" / "0.png"
    cv2.imwrite(str(photo), scene(0, size=96)[..., ::-1])
    assert stylize([str(photo), str(tmp_path / "out.png"), f"--model={run}"]) == 0
    assert cv2.imread(str(tmp_path / "out.png")).shape == (96, 144, 3)
    from kunster.evaluate.__main__ import main as evaluate

    assert evaluate([str(run), "--photos", str(tmp_path / "photos"), "--out", str(tmp_path)]) == 0
    assert (tmp_path / "evaluation.json").is_file()
    assert export([str(run), "onnx"]) == 0
    assert (run / "perceptual" / "model.onnx").is_file()
