"""What has the checkpoint's name is always a whole checkpoint, and is exported after it is one."""

import errno
import time
from pathlib import Path

import pytest

from kunster.callbacks import export
from kunster.callbacks.checkpoint import LastCheckpoint
from kunster.callbacks.export import ExportCheckpoint
from kunster.errors import UserError


@pytest.fixture
def saving(trainer):
    """A trainer whose checkpoints say which step they are of."""
    trainer.save_checkpoint = lambda path: Path(path).write_text(f"step {trainer.global_step}")
    return trainer


@pytest.fixture
def exported(saving, monkeypatch):
    """What the checkpoint said at each export."""
    monkeypatch.setattr(export.Description, "from_metadata", lambda metadata: None)
    monkeypatch.setattr(export, "preview_pictures", lambda: [])
    found = []

    def note(network, description, folder, pictures):
        found.append((folder / "last.ckpt").read_text())

    monkeypatch.setattr(export, "export_stage", note)
    return found


def train(callbacks, trainer, module, last):
    trainer.checkpoint_callbacks = callbacks
    for each in callbacks:
        each.on_train_start(trainer, module)
    while trainer.global_step < last:
        for each in callbacks:
            each.on_train_batch_start(trainer, module, None, 0)
        trainer.global_step += 1
        for each in callbacks:
            each.on_train_batch_end(trainer, module, None, None, 0)


@pytest.mark.parametrize(("every", "saved"), [(2, [2, 4, 5]), (None, [2, 4, 5]), (9, [5])])
def test_saves_every_so_often_and_at_the_end_and_exports_each(
    saving, module, exported, every, saved
):
    saving.max_steps = 5  # a quarter of which, rounded up, is 2
    train([LastCheckpoint(every), ExportCheckpoint()], saving, module, 5)
    assert exported == [f"step {step}" for step in saved]
    train([LastCheckpoint(every), ExportCheckpoint(enabled=False)], saving, module, 5)
    assert len(exported) == len(saved)


def test_what_a_kill_left_to_export_is_exported_at_the_end(tmp_path, saving, module, exported):
    (tmp_path / "last.ckpt").write_text("step 5")
    ExportCheckpoint().on_fit_end(saving, module)
    assert exported == ["step 5"]


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path, saving, module):
    train([LastCheckpoint(1)], saving, module, 1)

    def fills(part):
        Path(part).write_text("ste")
        raise OSError(errno.ENOSPC, "No space left on device")

    saving.save_checkpoint = fills
    with pytest.raises(UserError, match=r"last\.ckpt: cannot be written: No space left on device"):
        train([LastCheckpoint(1)], saving, module, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["last.ckpt"]
    assert (tmp_path / "last.ckpt").read_text() == "step 1"


def test_an_export_that_fails_leaves_the_checkpoint_it_was_of(
    tmp_path, saving, module, exported, monkeypatch
):
    def refuse(*arguments):
        raise RuntimeError("differs")

    monkeypatch.setattr(export, "export_stage", refuse)
    with pytest.raises(RuntimeError, match="differs"):
        train([LastCheckpoint(1), ExportCheckpoint()], saving, module, 3)
    assert [path.name for path in tmp_path.iterdir()] == ["last.ckpt"]
    assert (tmp_path / "last.ckpt").read_text() == "step 1"


def test_seconds_count_training_over_all_sittings_and_no_exports(saving, module, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def step(clock, seconds):
        clock.on_train_batch_start(saving, module, None, 0)
        now[0] += seconds
        saving.global_step += 1
        clock.on_train_batch_end(saving, module, None, None, 0)
        now[0] += 100  # of an export

    first, second = LastCheckpoint(1), LastCheckpoint(1)
    first.on_train_start(saving, module)
    step(first, 3)
    step(first, 3)
    second.load_state_dict(first.state_dict())
    second.on_train_start(saving, module)
    step(second, 4)
    assert (first.seconds, second.seconds) == (6, 10)
