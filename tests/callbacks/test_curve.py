"""The curve has one row a step, however often the run was killed and resumed."""

import pytest
import torch

from kunster.callbacks.curve import LossCurve, final_terms, read_curve


def train(curve, trainer, module, first, last):
    trainer.global_step = first
    curve.on_train_start(trainer, module)
    for step in range(first + 1, last + 1):
        trainer.global_step = step
        trainer.callback_metrics = {
            f"train/{name}": torch.tensor(step / 4) for name in ("loss", "content", "mine")
        }
        curve.on_train_batch_end(trainer, module, None, None, step)


def test_a_resumed_run_drops_the_rows_after_its_checkpoint(tmp_path, trainer, module):
    curve = LossCurve(every_n_steps=2)
    train(curve, trainer, module, 0, 8)
    assert [row["step"] for row in read_curve(tmp_path / "curve.csv")] == [2, 4, 6, 8]
    train(curve, trainer, module, 5, 10)
    rows = read_curve(tmp_path / "curve.csv")
    assert [row["step"] for row in rows] == [2, 4, 6, 8, 10]
    assert [row["loss"] for row in rows] == [0.5, 1.0, 1.5, 2.0, 2.5]
    assert rows[0]["learning_rate"] == 0.5


def test_a_run_anew_forgets_the_old_curve(tmp_path, trainer, module):
    curve = LossCurve(every_n_steps=1)
    train(curve, trainer, module, 0, 3)
    train(curve, trainer, module, 0, 1)
    assert [row["step"] for row in read_curve(tmp_path / "curve.csv")] == [1]


def test_the_last_step_has_a_row(tmp_path, trainer, module):
    trainer.max_steps = 7
    curve = LossCurve(every_n_steps=5)
    train(curve, trainer, module, 0, 7)
    assert [row["step"] for row in read_curve(tmp_path / "curve.csv")] == [5, 7]


def test_a_last_row_cut_short_is_left_out(tmp_path):
    path = tmp_path / "curve.csv"
    path.write_text("step,loss,mine,learning_rate\n1,2,3,4\n2,2,3")
    assert [row["step"] for row in read_curve(path)] == [1]
    assert read_curve(tmp_path / "none.csv") == []


def test_final_terms_are_the_mean_of_the_last_rows(tmp_path, trainer, module):
    curve = LossCurve(every_n_steps=1)
    train(curve, trainer, module, 0, 8)
    terms = final_terms(tmp_path / "curve.csv", rows=3)
    assert terms == {name: pytest.approx(7 / 4) for name in ("loss", "content", "mine")}
    assert final_terms(tmp_path / "none.csv") == {}
