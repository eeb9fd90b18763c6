"""How long a stage will train, told from a few of its steps."""

import copy
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch import distributed as dist

from kunster.data.stream import BatchStream, readers
from kunster.machine.hardware import Hardware
from kunster.objectives.stage import StageObjective
from kunster.run.stages import Lesson

WARM_UP, STEPS = 4, 6  # the first allocate, or compile and record each of two turns


def seconds_a_step(lesson: Lesson, hardware: Hardware) -> float:
    """The median of a few steps on the lesson's own data; the lesson stays as it is.

    As the run makes them: compiled where it compiles, each batch made while the one before is
    trained on, this device's part of it alone. Without checkpoints, exports and pictures; where
    processes have met already, as in `kunster.bench.processes`, with what they tell each
    other.
    """
    stage, device = copy.deepcopy(lesson.module).to(hardware.accelerator), lesson.data.on_device
    stage.quicken(hardware.compile, hardware.graphs)
    batches: Any = device(torch.device(hardware.accelerator)) if device else lesson.data.batches
    part = (hardware.devices.rank, hardware.devices.count)
    threads = readers(hardware.accelerator, hardware.devices.each)
    stream = iter(BatchStream(batches, lesson.data.size, lambda: 0, WARM_UP + STEPS, part, threads))
    optimizer = stage.optimizer(stage.network.parameters())
    losses = _together(stage)
    mixed = hardware.precision == "bf16-mixed"
    seconds = []
    for step in range(WARM_UP + STEPS):
        began = time.perf_counter()
        batch = _moved(next(stream), hardware.accelerator)
        batch = batches.finish(batch) if device else batch
        with torch.autocast(hardware.accelerator, torch.bfloat16, enabled=mixed):
            loss = losses(batch, step % 2)["loss"]
        optimizer.zero_grad()
        loss.backward()
        stage.bound_gradient()
        optimizer.step()
        float(loss.detach())  # waits for the device
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[WARM_UP:])


def _together(stage: StageObjective) -> Callable[..., dict[str, Tensor]]:
    """Its losses, whose gradients are means over all processes where they have met."""
    if not (dist.is_available() and dist.is_initialized()):
        return stage.losses
    stage.forward = stage.losses  # type: ignore  # as Lightning leads DDP to a step
    # torch will call it otherwise; older ones that Kunster works with know no other name
    warnings.filterwarnings("ignore", message=".*broadcast_buffers", category=FutureWarning)
    return nn.parallel.DistributedDataParallel(stage, broadcast_buffers=False)


def _moved(batch, device: str):  # type: ignore[no-untyped-def]
    """A tensor, or a tuple of tensors, as Lightning moves it."""
    from lightning.fabric.utilities import move_data_to_device

    return move_data_to_device(batch, torch.device(device))
