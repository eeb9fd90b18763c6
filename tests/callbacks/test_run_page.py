"""The page of a run follows the looks at it."""

from kunster.callbacks import run_page
from kunster.callbacks.preview import Preview
from kunster.callbacks.run_page import RunPage

from ..random_networks import describe


def test_it_is_written_at_the_start_after_each_look_and_at_the_end(
    tmp_path, trainer, module, monkeypatch
):
    written = []
    monkeypatch.setattr(
        run_page,
        "write_page",
        lambda folder, description, training: written.append((folder, training)),
    )
    preview, page = Preview(), RunPage()
    trainer.callbacks = [preview, page]
    trainer.default_root_dir = str(tmp_path / "temporal")
    module.description = describe().to_metadata()
    page.on_fit_end(trainer, module)
    assert not written  # outside a run folder
    (tmp_path / "config.yaml").touch()
    page.on_train_start(trainer, module)
    for trainer.global_step in range(1, 6):
        preview.looked_at = 3 if trainer.global_step >= 3 else -1
        page.on_train_batch_end(trainer, module, None, None, 0)
    page.on_fit_end(trainer, module)
    assert {folder for folder, _ in written} == {tmp_path}
    assert [(each.stage, each.step) for _, each in written] == [
        *[("temporal", 0), ("temporal", 3), ("temporal", 5)]
    ]
    assert [each.left is None for _, each in written] == [True, False, False]
    trainer.is_global_zero = False
    page.on_fit_end(trainer, module)
    assert len(written) == 3
