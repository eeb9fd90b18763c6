"""How long a stage will train, told from a few of its steps."""

import copy
import statistics
import time

import torch

from kunster.hardware import Hardware
from kunster.stages import Lesson

WARM_UP, STEPS = 1, 3  # the first step allocates what the others use again


def seconds_a_step(lesson: Lesson, hardware: Hardware) -> float:
    """The median of a few steps on the lesson's own data; the lesson stays as it is.

    Without checkpoints, exports and pictures, and without torch.compile: where that is used it
    takes less.
    """
    stage, data = copy.deepcopy(lesson.module).to(hardware.accelerator), lesson.data
    optimizer = stage.optimizer(stage.network.parameters())
    mixed = hardware.precision == "bf16-mixed"
    seconds = []
    for step in range(WARM_UP + STEPS):
        began = time.perf_counter()
        batch = _moved(data.batches.batch(step * data.size, data.size), hardware.accelerator)
        with torch.autocast(hardware.accelerator, torch.bfloat16, enabled=mixed):
            loss = stage.losses(batch)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        float(loss.detach())  # waits for the device
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[WARM_UP:])


def _moved(batch, device: str):  # type: ignore[no-untyped-def]
    """A tensor, or a tuple of tensors, as Lightning moves it."""
    from lightning.fabric.utilities import move_data_to_device

    return move_data_to_device(batch, torch.device(device))
