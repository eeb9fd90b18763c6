"""What has the checkpoint's name is always a whole checkpoint."""

import errno
import time
from pathlib import Path

import pytest

from kunster.callbacks.checkpoint import SaveAndExport
from kunster.errors import UserError


@pytest.fixture
def saving(trainer):
    """A trainer whose checkpoints say which step they are of."""
    trainer.save_checkpoint = lambda path: Path(path).write_text(f"step {trainer.global_step}")
    return trainer


def train(saver, trainer, module, last):
    saver.on_train_start(trainer, module)
    while trainer.global_step < last:
        trainer.global_step += 1
        saver.on_train_batch_end(trainer, module, None, None, 0)
    saver.on_train_end(trainer, module)


def test_saves_every_so_often_and_at_the_end_and_exports_each(tmp_path, saving, module):
    path, exported = tmp_path / "stage" / "last.ckpt", []
    train(
        SaveAndExport(path, 2, lambda net: exported.append((net, path.read_text()))),
        saving,
        module,
        5,
    )
    assert exported == [(module.network, f"step {step}") for step in (2, 4, 5)]
    train(SaveAndExport(path, 2, exported.append), saving, module, 5)  # resumed when finished
    assert len(exported) == 3


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path, saving, module):
    path = tmp_path / "last.ckpt"
    saver = SaveAndExport(path, 1)
    train(saver, saving, module, 1)

    def fills(part):
        Path(part).write_text("ste")
        raise OSError(errno.ENOSPC, "No space left on device")

    saving.save_checkpoint = fills
    with pytest.raises(UserError, match=r"last\.ckpt: cannot be written: No space left on device"):
        train(saver, saving, module, 2)
    assert path.read_text() == "step 1"
    assert list(tmp_path.iterdir()) == [path]


def test_an_export_that_fails_leaves_the_checkpoint_it_was_of(tmp_path, saving, module):
    def refuse(network):
        raise RuntimeError("differs")

    with pytest.raises(RuntimeError, match="differs"):
        train(SaveAndExport(tmp_path / "last.ckpt", 1, refuse), saving, module, 3)
    assert [path.name for path in tmp_path.iterdir()] == ["last.ckpt"]
    assert (tmp_path / "last.ckpt").read_text() == "step 1"


def test_seconds_count_training_over_all_sittings_and_no_exports(
    tmp_path, saving, module, monkeypatch
):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def export(network):
        now[0] += 100

    first = SaveAndExport(tmp_path / "last.ckpt", 1, export)
    first.on_train_start(saving, module)
    for _ in range(2):
        now[0] += 3
        saving.global_step += 1
        first.on_train_batch_end(saving, module, None, None, 0)
    assert first.seconds == 6
    second = SaveAndExport(tmp_path / "last.ckpt", 1)
    second.load_state_dict(first.state_dict())
    second.on_train_start(saving, module)
    now[0] += 4
    saving.global_step += 1
    second.on_train_batch_end(saving, module, None, None, 0)
    assert second.seconds == 10
