"""Seconds that a training step takes, from a few of a stage's own."""

import copy
import statistics
import time
import warnings
from collections.abc import Callable
from math import inf
from typing import Any

import lightning as L
from lightning.fabric.utilities import move_data_to_device
from torch import Tensor, nn
from torch import distributed as dist

from kunster.data.stream import BatchModule, BatchStream, readers
from kunster.machine.devices import rank_of
from kunster.objectives.stage import StageObjective, learned

WARM_UP = 4  # the first allocate, or compile and record each of two turns


def seconds_a_step(
    objective: StageObjective,
    data: BatchModule,
    probe: L.Trainer,
    steps: int = 6,
    limit: float = inf,
    compile: bool = False,
    graphs: bool = False,
) -> float:
    """Median duration of a few steps on the stage's own data; the stage itself is not changed.

    Batches are made as in training: during the step before, and only this device's share of them.
    Checkpoints, exports and pictures are left out. Where a process group exists, as in
    `kunster bench`, gradients are averaged over its processes.

    Args:
        probe: a trainer of the run, for device and number format.
        steps: number of timed steps, after `WARM_UP` others.
        limit: seconds after which no further step begins, but for the first two; the later half
            counts.
        compile, graphs: see `Acceleration`.
    """
    device, precision = probe.strategy.root_device, probe.precision_plugin
    stage = copy.deepcopy(objective).to(device)
    stage.use_precision(str(probe.precision))
    stage = precision.convert_module(stage)  # type: ignore[assignment]
    stage.quicken(compile, graphs)
    unfinished = data.on_device(device)
    batches: Any = unfinished or data.batches
    part = (rank_of(probe.strategy), probe.world_size)
    threads = readers(device.type, probe.num_devices)
    stream = iter(BatchStream(batches, data.batch, lambda: 0, WARM_UP + steps, part, threads))
    optimizer = stage.optimizer(learned(stage.network))
    losses = _together(stage)
    seconds = []
    for step in range(WARM_UP + steps):
        began = time.perf_counter()
        batch = move_data_to_device(next(stream), device)
        batch = unfinished.finish(batch) if unfinished else batch
        with precision.forward_context():
            loss = losses(batch, step % 2)["loss"]
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        stage.bound_gradient()
        optimizer.step()
        float(loss.detach())  # waits for the device
        seconds.append(time.perf_counter() - began)
        if len(seconds) > 1 and sum(seconds) > limit:
            break
    return statistics.median(seconds[min(WARM_UP, len(seconds) // 2) :])


def _together(stage: StageObjective) -> Callable[..., dict[str, Tensor]]:
    """The stage's losses; their gradients are averaged where there is a process group."""
    if not (dist.is_available() and dist.is_initialized()):
        return stage.losses
    stage.forward = stage.losses  # type: ignore  # as Lightning leads DDP to a step
    # torch will call it otherwise; older ones that Kunster works with know no other name
    warnings.filterwarnings("ignore", message=".*broadcast_buffers", category=FutureWarning)
    return nn.parallel.DistributedDataParallel(stage, broadcast_buffers=False)
