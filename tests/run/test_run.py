"""A run of both stages: the folder that it leaves, and what may begin from it."""

import json
import re

import cv2
import pytest
import torch
import yaml

from kunster.errors import UserError
from kunster.networks.model_file import load_model

from ..offline_runs import offline_run
from ..small_runs import LOOK, run_short, small_run, trained

STEPS = 4
BOTH = [f"objective.{stage}.steps={STEPS}" for stage in ("perceptual", "temporal")]
BOTH.append(f"callbacks.checkpoint.every_n_train_steps={STEPS}")  # each is exported


@pytest.fixture(scope="module")
def finished(photos, tmp_path_factory):
    """A run of both stages with all that it writes, and what it said."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    shown = ("logger=wandb", "callbacks.preview.video=true")
    done = run_short(*small_run(photos, f"hydra.run.dir={folder}", *BOTH, *shown))
    assert done.returncode == 0, done.stderr
    return folder, done


def test_a_run_leaves_the_folder_of_the_contract(finished):
    folder, done = finished
    results = json.loads((folder / "results.json").read_text())
    assert (results["alpha"], results["beta"], results["layout"], results["id"]) == (
        *(0.25, 0.5, "table2", 14),
    )
    assert (results["parameters"], results["size_mb"], results["style"]) == (15195, 0.06, "scream")
    for stage, figures in results["stages"].items():
        assert figures["steps"] == STEPS
        for key in ("seconds", "images_per_second", "content", "style", "light"):
            assert figures[key] > 0, (stage, key)
        assert {"style", "content", "e_stab"} <= figures["evaluation"].keys()
        assert {"stroke", "tint", "masses", "relu4_1"} <= figures["evaluation"]["painted"].keys()
    assert results["stages"]["temporal"]["output"] > 0
    assert {"photos", "clips", "thin_vgg"} <= {asset["name"] for asset in results["assets"]}
    assert all(asset["name"] and asset["source"] for asset in results["assets"])
    assert yaml.safe_load((folder / "config.yaml").read_text())["alpha"] == 0.25
    names = ("last.ckpt", "model.safetensors", "model.onnx", "manifest.json", "preview.png")
    page = (folder / "index.html").read_text()
    assert "id 14 of Table II" in page
    assert 'http-equiv="refresh"' not in page
    assert f"hydra.run.dir={folder}" in page  # of the command
    assert all(f'href="{stage}/model.onnx"' in page for stage in ("perceptual", "temporal"))
    for stage in ("perceptual", "temporal"):
        for name in names:
            assert (folder / stage / name).stat().st_size > 0, (stage, name)
        assert (folder / stage / "model.mlpackage" / "Manifest.json").is_file()
        assert load_model(folder / stage / "model.safetensors")[1].stage == stage
    assert "id 14 of Table II" in done.stderr
    assert "The Scream, Edvard Munch, 1893" in done.stderr
    assert re.search(rf"{STEPS} steps of 2 crops, about \d+\.\d minutes", done.stderr)


def test_pictures_and_video_show_the_stages_so_far(finished):
    first, second = (
        cv2.imread(str(finished[0] / stage / "preview.png")) for stage in ("perceptual", "temporal")
    )
    assert second.shape[0] - first.shape[0] > LOOK[0]  # one row of photos more
    assert first.shape[1] > 4 * LOOK[1]
    video = cv2.VideoCapture(str(finished[0] / "temporal" / "preview.mp4"))
    width, height = (
        video.get(key) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
    )
    assert width > 3 * 320  # input and both stages side by side
    assert height > 240
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 0.4 * video.get(cv2.CAP_PROP_FPS) == 10


def test_wandb_has_both_stages_as_runs_and_their_exports_as_versions(finished):
    folder, _ = finished
    first, second = (offline_run(folder / stage) for stage in ("perceptual", "temporal"))
    assert first.run["run_id"] != second.run["run_id"]
    assert (first.run["job_type"], second.run["job_type"]) == ("stage 1", "stage 2")
    assert second.keys - first.keys >= {"train/output", "train/feature"}
    assert first.keys <= second.keys
    for logged, stage in ((first, "perceptual"), (second, "temporal")):
        assert list(logged.history) == [STEPS]
        record, files = logged.artifact("scream-id14-dilated-a0.25-b0.5")
        assert sorted(record["aliases"]) == ["latest", stage]
        shipped = (folder / stage / "model.safetensors").read_bytes()
        assert files["model.safetensors"].read_bytes() == shipped


def test_a_second_run_needs_a_word_and_resuming_the_same_configuration(finished, photos):
    folder, _ = finished
    before = (folder / "results.json").read_text()
    for words, says in (
        ([], "resume=true goes on with it, overwrite=true starts again"),
        (["overwrite=no"], "resume=true goes on with it, overwrite=true starts again"),
        (["resume=true", "seed=1"], "was begun with seed=0, not 1"),
        (["resume=true", "~objective.perceptual.terms.light"], "terms.light.weight=2.0, not 0"),
    ):
        with pytest.raises(UserError, match=re.escape(says)):
            trained(photos, folder, *BOTH, *words)
    assert (folder / "results.json").read_text() == before


def test_stage_2_alone_goes_on_from_a_checkpoint(finished, photos, tmp_path):
    start = finished[0] / "perceptual" / "last.ckpt"
    settings = ["stages=[temporal]", f"start={start}", "objective.temporal.steps=1"]
    quiet = ["objective.temporal.optimizer.lr=1e-12", "export.enabled=false"]
    results = trained(photos, tmp_path / "on", *settings, *quiet)
    before = load_model(start)[0].state_dict()
    after = load_model(tmp_path / "on" / "temporal" / "last.ckpt")[0].state_dict()
    for name, tensor in before.items():
        torch.testing.assert_close(after[name], tensor, rtol=0, atol=1e-9)
    (record,) = [asset for asset in results["assets"] if asset["name"] == "start"]
    assert (record["source"], record["learned"]) == (str(start), "scream")
    assert load_model(start)[1].learned == "scream"
    assert list(results["stages"]) == ["temporal"]
