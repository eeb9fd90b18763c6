"""A run: what it leaves, how it refuses, and what being cut off costs."""

import json
import re
from pathlib import Path

import cv2
import pytest
import torch
import yaml

from kunster.data.clip_modules import SintelClips, VideoClips
from kunster.data.photos import folder_photos
from kunster.errors import UserError
from kunster.losses.vgg import load_vgg16
from kunster.networks.model_file import load_model
from kunster.run.configuration import built, composed, resolved

from ..offline_runs import offline_run
from ..small_runs import FIRST, LOOK, begin, run_short, small_run, trained, wait_for

STEPS = 4
BOTH = [f"objective.{stage}.steps={STEPS}" for stage in ("perceptual", "temporal")]
BOTH.append(f"callbacks.checkpoint.every_n_train_steps={STEPS}")  # each is exported
VGG16 = "perceptual._target_=kunster.losses.vgg.load_vgg16"
QUICK = [FIRST, "objective.perceptual.steps=1", "export.enabled=false"]


def command(photos: Path, folder: Path, *overrides: str) -> list[str]:
    return small_run(photos, f"hydra.run.dir={folder}", *overrides)


@pytest.fixture(scope="module")
def finished(photos, tmp_path_factory):
    """A run of both stages with all that it writes, and what it said."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    shown = ("logger=wandb", "callbacks.preview.video=true")
    done = run_short(*command(photos, folder, *BOTH, *shown))
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
    assert results["stages"]["temporal"]["output"] > 0
    assert {"photos", "clips", "thin_vgg"} <= {asset["name"] for asset in results["assets"]}
    assert all(asset["name"] and asset["source"] for asset in results["assets"])
    assert yaml.safe_load((folder / "config.yaml").read_text())["alpha"] == 0.25
    names = ("last.ckpt", "model.safetensors", "model.onnx", "manifest.json", "preview.png")
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
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 4 * video.get(cv2.CAP_PROP_FPS) == 100


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
        (["resume=true", "~objective.perceptual.terms.light"], "terms.light.weight=0.5, not 0"),
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


def weights(folder: Path, stage: str) -> dict[str, torch.Tensor]:
    checkpoint = torch.load(folder / stage / "last.ckpt", weights_only=True)
    assert checkpoint["global_step"] == 6
    return checkpoint["state_dict"]


def test_cut_off_in_both_stages_and_resumed_it_ends_with_the_same_weights(photos, tmp_path):
    settings = [
        *("objective.perceptual.steps=6", "objective.temporal.steps=6", "photos.jitter=0.5"),
        *("callbacks.checkpoint.every_n_train_steps=2", "export.enabled=false"),
    ]
    trained(photos, tmp_path / "whole", *settings)
    cut = tmp_path / "cut"
    process = begin(*command(photos, cut, *settings), said=tmp_path)
    wait_for(cut / "perceptual" / "last.ckpt", process)
    process.kill()
    process.join()
    crash = ["+callbacks.crash._target_=tests.run.extensions.Crash", "+callbacks.crash.after=3"]
    with pytest.raises(RuntimeError, match="crashed in temporal"):
        trained(photos, cut, *settings, *crash, "resume=true")
    trained(photos, cut, *settings, "resume=true")
    for stage in ("perceptual", "temporal"):
        expected, found = weights(tmp_path / "whole", stage), weights(cut, stage)
        assert expected.keys() == found.keys()
        assert all(torch.equal(tensor, found[name]) for name, tensor in expected.items())
        curves = [(tmp_path / name / stage / "curve.csv").read_text() for name in ("whole", "cut")]
        assert curves[0] == curves[1]


def test_a_diverging_run_keeps_its_last_good_checkpoint(photos, tmp_path):
    settings = [
        *("objective.perceptual.steps=40", "callbacks.checkpoint.every_n_train_steps=1"),
        *(FIRST, "export.enabled=false", "objective.perceptual.optimizer.lr=1e18"),
    ]
    with pytest.raises(UserError, match="the loss is not a number"):
        trained(photos, tmp_path / "broken", *settings)
    checkpoint = tmp_path / "broken" / "perceptual" / "last.ckpt"
    state = torch.load(checkpoint, weights_only=True)["state_dict"]
    assert all(torch.isfinite(tensor).all() for tensor in state.values())
    assert not (tmp_path / "broken" / "results.json").exists()


def test_a_checkpoint_that_was_cut_off_is_named(photos, tmp_path):
    trained(photos, tmp_path / "run", *QUICK)
    (tmp_path / "run" / "results.json").unlink()
    checkpoint = tmp_path / "run" / "perceptual" / "last.ckpt"
    checkpoint.write_bytes(checkpoint.read_bytes()[:5000])
    with pytest.raises(UserError, match=r"last.ckpt: .*damaged.*delete it to train this stage"):
        trained(photos, tmp_path / "run", *QUICK, "resume=true")


def test_classes_of_ones_own_train_without_a_change_to_the_package(photos, tmp_path):
    here = "tests.run.extensions"
    results = trained(
        *(photos, tmp_path / "mine", FIRST, "objective.perceptual.steps=2"),
        *("export.enabled=false", "trainer.gradient_clip_val=0.5", "~network.alpha"),
        *("~network.beta", "~network.layout", "~network.norm", f"network._target_={here}.Net"),
        *(f"photos._target_={here}.Scenes", "~photos.path", "~photos.short_side"),
        f"+callbacks.mine._target_={here}.Count",
    )
    assert results["stages"]["perceptual"]["steps"] == 2
    assert "scenes, 2 photos" in str(results["assets"])
    assert (tmp_path / "mine" / "perceptual" / "count.txt").read_text() == "2 0.5"


def test_a_picture_of_ones_own_is_called_by_its_name_everywhere(photos, tmp_path):
    picture = photos / "0.png"
    done = run_short(*small_run(photos, *QUICK, f"style.image={picture}", "style.size=64",
                                "style.name=mine"), cwd=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "runs" / "mine_a0.25_b0.5"
    assert load_model(folder / "perceptual" / "last.ckpt")[1].style == "mine"
    results = json.loads((folder / "results.json").read_text())
    assert results["style"] == results["assets"][0]["name"] == "mine"
    config = yaml.safe_load((folder / "config.yaml").read_text())
    assert (config["style"]["title"], config["style"]["weight"]) == ("0", 3.0)


def folders_that_cannot_be(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "file").touch()
    return {
        "a file": f"hydra.run.dir={tmp_path / 'file'}",
        "in a file": f"hydra.run.dir={tmp_path / 'file' / 'run'}",
        "too long": f"hydra.run.dir={tmp_path / ('x' * 256)}",
        "read only": "hydra.run.dir=/proc/self/run",
    }


@pytest.mark.parametrize("kind", ["a file", "in a file", "too long", "read only"])
def test_a_folder_that_cannot_be_made_gets_one_line(kind, photos, tmp_path):
    failed = run_short(*small_run(photos, *QUICK, folders_that_cannot_be(tmp_path)[kind]))
    assert failed.returncode == 2, failed.stderr
    assert "cannot be written" in failed.stderr
    assert len(failed.stderr.splitlines()) == 1


@pytest.mark.parametrize("override", ["alpha=0.3", "style.image=a=b.png", "start=/nowhere.pth"])
def test_mistakes_get_one_line_and_exit_code_2(photos, tmp_path, override):
    failed = run_short(*command(photos, tmp_path / "run", *QUICK, override))
    assert failed.returncode == 2, failed.stderr
    assert override.partition("=")[2] in failed.stderr
    assert len(failed.stderr.splitlines()) == 1
    assert not list(tmp_path.rglob("last.ckpt"))


@pytest.mark.parametrize(
    ("overrides", "refuses"),
    [
        (["photos.path=/nowhere"], lambda: folder_photos("/nowhere")),
        (["perceptual=vgg16", VGG16], load_vgg16),
        (["clips=sintel", "clips.path=/nowhere"], SintelClips("/nowhere").load),
        (["clips=video", "clips.path=/nowhere"], VideoClips("/nowhere").load),
    ],
)
def test_what_a_loader_refuses_is_said_in_its_own_words(
    photos, tmp_path, overrides, refuses, monkeypatch
):
    monkeypatch.setenv("KUNSTER_DATA", str(tmp_path))
    with pytest.raises(UserError) as refused:
        refuses()
    with pytest.raises(UserError) as said:
        trained(photos, tmp_path / "run", *BOTH, *overrides)
    assert str(said.value) == str(refused.value)


def test_a_bug_in_a_loader_keeps_its_own_traceback(monkeypatch):
    bug = KeyError("a bug")

    def buggy(*_, **__):
        raise bug

    monkeypatch.setattr("kunster.losses.vgg.load_vgg19", buggy)
    with pytest.raises(KeyError) as raised:
        built(resolved(composed(["+experiment=scream"]))["perceptual"], "perceptual")
    assert raised.value is bug


def test_multirun_trains_every_combination_as_a_group(photos, tmp_path):
    words = [*QUICK, "logger=wandb", "alpha=0.125,0.25", f"hydra.sweep.dir={tmp_path}"]
    done = run_short(*small_run(photos, *words), "--multirun", WANDB_MODE="disabled")
    assert done.returncode == 0, done.stderr
    found = {json.loads(path.read_text())["id"] for path in tmp_path.glob("a*_b*/results.json")}
    assert found == {14, 15}
    configs = [yaml.safe_load(path.read_text()) for path in tmp_path.glob("a*_b*/config.yaml")]
    assert {config["logger"]["wandb"]["group"] for config in configs} == {tmp_path.name}
    assert not list(tmp_path.rglob("wandb"))


@pytest.mark.parametrize("axis", ["seed=0,1", "stages=[perceptual],[temporal]"])
def test_jobs_that_would_share_a_folder_are_refused_before_the_first(photos, tmp_path, axis):
    words = [*small_run(photos, *QUICK, axis, "overwrite=true"), "--multirun"]
    refused = run_short(*words, cwd=tmp_path)
    assert refused.returncode == 2, refused.stderr
    (line,) = refused.stderr.splitlines()
    assert line.startswith("runs/scream/a0.25_b0.5: 2 jobs would train in this folder")
    assert "hydra.sweep.subdir='a${alpha}_b${beta}_${hydra.job.num}'" in line
    assert not (tmp_path / "runs").exists()
