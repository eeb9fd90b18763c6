"""How long a stage will train, told from a few of its steps."""

import copy
import statistics
import time
from typing import Any

import torch

from kunster.data.stream import BatchStream
from kunster.hardware import Hardware
from kunster.stages import Lesson

WARM_UP, STEPS = 4, 6  # the first allocate, or compile and record each of two turns


def seconds_a_step(lesson: Lesson, hardware: Hardware) -> float:
    """The median of a few steps on the lesson's own data; the lesson stays as it is.

    As the run makes them: compiled where it compiles, each batch made while the one before is
    trained on, this device's part of it alone. Without checkpoints, exports and pictures.
    """
    stage, device = copy.deepcopy(lesson.module).to(hardware.accelerator), lesson.data.on_device
    if hardware.compile:
        stage.compile_losses(hardware.graphs)
    batches: Any = device(torch.device(hardware.accelerator)) if device else lesson.data.batches
    part = (0, hardware.devices.count)
    stream = iter(BatchStream(batches, lesson.data.size, lambda: 0, WARM_UP + STEPS, part))
    optimizer = stage.optimizer(stage.network.parameters())
    mixed = hardware.precision == "bf16-mixed"
    seconds = []
    for step in range(WARM_UP + STEPS):
        began = time.perf_counter()
        batch = _moved(next(stream), hardware.accelerator)
        batch = batches.finish(batch) if device else batch
        with torch.autocast(hardware.accelerator, torch.bfloat16, enabled=mixed):
            loss = stage.losses(batch, step % 2)["loss"]
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
