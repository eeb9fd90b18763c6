"""The command as a user types it: what it leaves, how it refuses, and what a kill costs."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import cv2
import pytest
import torch
import yaml
from hydra import compose, initialize_config_dir

from kunster.data.photos import folder_photos
from kunster.data.sintel import sintel_clips
from kunster.data.synthetic import SyntheticClips
from kunster.data.video_clips import video_clips
from kunster.errors import UserError
from kunster.losses.vgg import load_vgg16
from kunster.networks.model_file import load_model
from kunster.run.__main__ import CONF, plan_of

from ..offline_runs import offline_run
from ..small_runs import FIRST, ROOT, run, run_short, small_photos, small_run, wait_for


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return small_photos(tmp_path_factory.mktemp("photos"))


def command(photos: Path, folder: Path, *overrides: str) -> list[str]:
    return small_run(photos, f"hydra.run.dir={folder}", *overrides)


@pytest.fixture(scope="module")
def finished(photos, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "whole"
    steps = ["objective.perceptual.steps=10", "objective.temporal.steps=10"]
    arguments = command(photos, folder, *steps, "logger=wandb")
    done = run(*arguments, "objective.perceptual.checkpoint_every=5", cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    return folder, done


def test_a_run_leaves_the_folder_of_the_contract(finished):
    folder, done = finished
    results = json.loads((folder / "results.json").read_text())
    assert (results["alpha"], results["beta"], results["layout"], results["id"]) == (
        *(0.25, 0.5, "table2", 14),
    )
    assert (results["parameters"], results["size_mb"], results["style"]) == (15195, 0.06, "scream")
    assert results["stages"]["perceptual"]["steps"] == 10
    assert results["stages"]["temporal"]["steps"] == 10
    for stage, figures in results["stages"].items():
        for key in ("seconds", "images_per_second", "content", "style", "tv"):
            assert figures[key] > 0, (stage, key)
        assert {"style", "content", "e_stab"} <= figures["evaluation"].keys()
    assert results["stages"]["temporal"]["output"] > 0
    assert {"photos", "clips", "slim"} <= {asset["name"] for asset in results["assets"]}
    for asset in results["assets"]:
        assert asset["name"]
        assert asset["source"]
    assert yaml.safe_load((folder / "config.yaml").read_text())["alpha"] == 0.25
    names = ("last.ckpt", "model.safetensors", "model.onnx", "manifest.json", "preview.png")
    for stage in ("perceptual", "temporal"):
        for name in names:
            assert (folder / stage / name).stat().st_size > 0, (stage, name)
        assert (folder / stage / "model.mlpackage" / "Manifest.json").is_file()
        assert load_model(folder / stage / "model.safetensors")[1].stage == stage
    assert "id 14 of Table II" in done.stderr
    assert "Gram matrices of The Scream" in done.stderr
    assert re.search(r"10 steps of 2 crops, about \d+\.\d minutes", done.stderr)


def test_previews_show_the_stages_so_far(finished):
    first, second = (
        cv2.imread(str(finished[0] / stage / "preview.png")) for stage in ("perceptual", "temporal")
    )
    assert second.shape[0] - first.shape[0] > 256  # one row of photos more
    assert first.shape[1] > 4 * 384


def test_the_video_shows_input_and_both_stages_side_by_side(finished):
    video = cv2.VideoCapture(str(finished[0] / "temporal" / "preview.mp4"))
    width, height = (
        video.get(key) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
    )
    assert width > 3 * 320
    assert height > 240
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 4 * video.get(cv2.CAP_PROP_FPS) == 100


def test_stage_2_alone_goes_on_from_a_checkpoint(finished, photos, tmp_path):
    start = finished[0] / "perceptual" / "last.ckpt"
    settings = ["stages=[temporal]", f"start={start}", "objective.temporal.steps=1"]
    quiet = ["objective.temporal.optimizer.lr=1e-12", "export.enabled=false"]
    done = run(*command(photos, tmp_path / "on", *settings, *quiet))
    assert done.returncode == 0, done.stderr
    before = load_model(start)[0].state_dict()
    after = load_model(tmp_path / "on" / "temporal" / "last.ckpt")[0].state_dict()
    for name, tensor in before.items():
        torch.testing.assert_close(after[name], tensor, rtol=0, atol=1e-9)
    results = json.loads((tmp_path / "on" / "results.json").read_text())
    (record,) = [asset for asset in results["assets"] if asset["name"] == "start"]
    assert record["source"] == str(start)
    assert list(results["stages"]) == ["temporal"]


def test_wandb_has_both_stages_as_runs_and_their_exports_as_versions(finished):
    folder, _ = finished
    first, second = (offline_run(folder / stage) for stage in ("perceptual", "temporal"))
    assert first.run["run_id"] != second.run["run_id"]
    assert (first.run["job_type"], second.run["job_type"]) == ("stage 1", "stage 2")
    assert second.keys - first.keys >= {"train/output", "train/feature"}
    assert first.keys <= second.keys
    for logged, stage in ((first, "perceptual"), (second, "temporal")):
        assert list(logged.history) == [10]
        record, files = logged.artifact("scream-id14-a0.25-b0.5")
        assert sorted(record["aliases"]) == ["latest", stage]
        shipped = (folder / stage / "model.safetensors").read_bytes()
        assert files["model.safetensors"].read_bytes() == shipped


def test_a_second_run_needs_a_word(finished, photos):
    folder, _ = finished
    before = (folder / "results.json").read_text()
    again = run_short(*command(photos, folder, FIRST, "objective.perceptual.steps=10"))
    assert again.returncode == 2
    assert "resume=true goes on with it, overwrite=true starts again" in again.stderr
    assert (folder / "results.json").read_text() == before


def test_resume_refuses_another_configuration(finished, photos):
    other = run_short(*command(photos, finished[0], "objective.perceptual.steps=9", "resume=true"))
    assert other.returncode == 2
    assert "was begun with objective.perceptual.checkpoint_every=5, not None" in other.stderr


def weights(folder: Path, stage: str) -> dict[str, torch.Tensor]:
    checkpoint = torch.load(folder / stage / "last.ckpt", weights_only=True)
    assert checkpoint["global_step"] == 12
    return checkpoint["state_dict"]


@pytest.mark.parametrize("stage", ["perceptual", "temporal"])
def test_killed_and_resumed_ends_with_the_same_weights(photos, tmp_path, stage):
    settings = [
        *("objective.perceptual.steps=12", "objective.perceptual.checkpoint_every=3"),
        *("objective.temporal.steps=12", "objective.temporal.checkpoint_every=3"),
        *("export.enabled=false", "objective.perceptual.jitter=0.5", f"stages=[{stage}]"),
    ]
    assert run(*command(photos, tmp_path / "whole", *settings)).returncode == 0
    cut = command(photos, tmp_path / "cut", *settings)
    checkpoint = tmp_path / "cut" / stage / "last.ckpt"
    process = subprocess.Popen(
        cut, cwd=ROOT, stderr=subprocess.DEVNULL, env={**os.environ, "KUNSTER_CACHE": str(tmp_path)}
    )
    wait_for(checkpoint, process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    stopped_at = torch.load(checkpoint, weights_only=True)["global_step"]
    assert 3 <= stopped_at <= 12
    resumed = run(*cut, "resume=true")
    assert resumed.returncode == 0, resumed.stderr
    expected, found = weights(tmp_path / "whole", stage), weights(tmp_path / "cut", stage)
    assert expected.keys() == found.keys()
    for name, tensor in expected.items():
        assert torch.equal(tensor, found[name]), name
    curves = [(tmp_path / name / stage / "curve.csv").read_text() for name in ("whole", "cut")]
    assert curves[0] == curves[1]


def test_a_diverging_run_keeps_its_last_good_checkpoint(photos, tmp_path):
    settings = [
        *("objective.perceptual.steps=40", "objective.perceptual.checkpoint_every=1"),
        *("export.enabled=false", "objective.perceptual.optimizer.lr=1e18"),
    ]
    broken = run(*command(photos, tmp_path / "broken", *settings))
    assert broken.returncode == 2, broken.stderr
    assert "the loss is not a number" in broken.stderr
    checkpoint = tmp_path / "broken" / "perceptual" / "last.ckpt"
    state = torch.load(checkpoint, weights_only=True)["state_dict"]
    assert all(torch.isfinite(tensor).all() for tensor in state.values())
    assert not (tmp_path / "broken" / "results.json").exists()


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["alpha=0.3"], "alpha=0.3: 32, 48 and 64 times alpha must be whole numbers"),
        (["beta=0.6"], "beta=0.6: 4·beta must be a whole number of residual blocks"),
        (["layout=table9"], "layout=table9: must be one of"),
        (["alhpa=1"], "alhpa"),
        (["style=nobody"], "nobody"),
        (["stages=[magic]"], "must be one or more of"),
        (["objective.perceptual.steps=0"], "steps=0: must be a whole number from 1 up"),
        (["objective.perceptual.style_weight=-1"], "style_weight=-1: must be 0 or more"),
        (["trainer.accelerator=abacus"], "must be auto, cpu, cuda or mps"),
        (["style.size=2000"], "texture scale 2000"),
        (["start=/nowhere.pth"], "/nowhere.pth: no such file"),
        (["objective.temporal.output_weight=-1"], "output_weight=-1: must be 0 or more"),
        (["logger=wandb", "logger.mode=sometimes"], "must be offline, online or disabled"),
    ],
)
def test_mistakes_get_one_line_and_exit_code_2(photos, tmp_path, overrides, said):
    words = command(photos, tmp_path / "run", "objective.perceptual.steps=1", *overrides)
    failed = run_short(*words)
    assert failed.returncode == 2, failed.stderr
    assert said in failed.stderr
    assert "Traceback" not in failed.stderr
    assert not list(tmp_path.rglob("last.ckpt"))


@pytest.mark.parametrize(
    ("overrides", "refuses"),
    [
        (["photos.path=/nowhere"], lambda _: folder_photos("/nowhere")),
        (["perceptual=vgg16"], lambda _: load_vgg16()),
        (["clips.size=[62,64]"], lambda photos: SyntheticClips(photos, size=(62, 64))),
        (["clips.strength=-1"], lambda photos: SyntheticClips(photos, strength=-1)),
        (["clips=sintel", "clips.path=/nowhere"], lambda _: sintel_clips("/nowhere")),
        (["clips=video", "clips.path=/nowhere"], lambda _: video_clips("/nowhere")),
    ],
)
def test_what_a_loader_refuses_is_said_in_its_own_words(photos, tmp_path, overrides, refuses):
    with pytest.raises(UserError) as refused:
        refuses(folder_photos(photos))
    settings = ["objective.perceptual.steps=1", *overrides]
    words = command(photos, tmp_path / "run", *settings)
    failed = run_short(*words, KUNSTER_CACHE=str(tmp_path))
    assert failed.returncode == 2, failed.stderr
    assert failed.stderr == f"{refused.value}\n"


def refused_by_plan(*overrides: str) -> BaseException:
    """What comes of building the photos of a configuration, outside a run."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("config", ["+experiment=scream", *overrides])
    with pytest.raises(Exception) as raised:  # noqa: PT011
        plan_of(config, Path("nowhere")).photos()
    return raised.value


def test_a_bug_in_a_loader_keeps_its_own_traceback(monkeypatch):
    bug = KeyError("a bug")

    def buggy(short_side):
        raise bug

    monkeypatch.setattr("kunster.data.photos.bundled_photos", buggy)
    assert refused_by_plan() is bug


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("+photos.colour=red", "unexpected keyword argument 'colour'"),
        ("photos._target_=kunster.nowhere", "Error locating target 'kunster.nowhere'"),
    ],
)
def test_a_loader_that_cannot_be_called_is_the_users_to_mend(override, said):
    error = refused_by_plan(override)
    assert isinstance(error, UserError)
    assert said in str(error)
    assert "\n" not in str(error)


def test_multirun_trains_every_combination(photos, tmp_path):
    arguments = command(photos, tmp_path, "alpha=0.125,0.25", "beta=0.5,0.75")
    settings = ["objective.perceptual.steps=1", "export.enabled=false", FIRST]
    settings += ["logger=wandb", "logger.mode=disabled"]
    multirun = run(*arguments, *settings, f"hydra.sweep.dir={tmp_path}", "--multirun")
    assert multirun.returncode == 0, multirun.stderr
    found = {json.loads(path.read_text())["id"] for path in tmp_path.glob("a*_b*/results.json")}
    assert found == {9, 10, 14, 15}
    configs = [yaml.safe_load(path.read_text()) for path in tmp_path.glob("a*_b*/config.yaml")]
    assert {config["logger"]["group"] for config in configs} == {tmp_path.name}
