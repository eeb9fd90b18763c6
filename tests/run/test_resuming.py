"""Runs that were killed, crashed or diverged: their checkpoints, and how they end when resumed."""

from pathlib import Path

import pytest
import torch

from kunster.errors import UserError

from ..small_runs import FIRST, QUICK, begin, small_run, trained, wait_for


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
    process = begin(*small_run(photos, f"hydra.run.dir={cut}", *settings), said=tmp_path)
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
