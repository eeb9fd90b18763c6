"""A network, photos, callbacks and a painting that Kunster does not know."""

import json

import yaml

from kunster.networks.model_file import load_model

from ..small_runs import FIRST, QUICK, run_short, small_run, trained


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
    style = [f"style.image={picture}", "style.size=64", "style.name=mine"]
    done = run_short(*small_run(photos, *QUICK, *style), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "runs" / "mine_a0.25_b0.5"
    assert load_model(folder / "perceptual" / "last.ckpt")[1].style == "mine"
    results = json.loads((folder / "results.json").read_text())
    assert results["style"] == results["assets"][0]["name"] == "mine"
    config = yaml.safe_load((folder / "config.yaml").read_text())
    assert (config["style"]["title"], config["style"]["weight"]) == ("0", 3.0)
