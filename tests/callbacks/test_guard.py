import pytest
import torch

from kunster.callbacks.guard import FiniteLoss
from kunster.errors import UserError


def step(guard, trainer, loss):
    trainer.global_step += 1
    guard.on_train_batch_end(trainer, None, {"loss": torch.tensor(loss)}, None, 0)


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), -float("inf")])
def test_a_loss_that_was_no_number_once_stops_the_run_at_the_next_look(trainer, loss):
    guard = FiniteLoss(every_n_steps=4)
    step(guard, trainer, 1.0)
    step(guard, trainer, loss)
    step(guard, trainer, 1.0)
    with pytest.raises(UserError, match="not a number, seen at step 4"):
        step(guard, trainer, 1.0)


def test_no_checkpoint_is_written_of_it(trainer):
    guard = FiniteLoss(every_n_steps=100)
    guard.on_save_checkpoint(trainer, None, {})  # nothing seen yet
    step(guard, trainer, 3e38)
    guard.on_save_checkpoint(trainer, None, {})
    step(guard, trainer, float("nan"))
    with pytest.raises(UserError, match="lower the learning rate"):
        guard.on_save_checkpoint(trainer, None, {})
