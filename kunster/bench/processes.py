"""How the speed of training grows with processes that train one network together."""

import os
import statistics
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import torch
from torch import distributed as dist

from kunster.bench.cost import Work, lesson
from kunster.machine.devices import Devices
from kunster.machine.hardware import Hardware, keep_freed_memory
from kunster.run.pace import seconds_a_step

PATIENCE = timedelta(minutes=5)  # with one that is still compiling, or has failed


def images_per_second(
    work: Work, hardware: Hardware, batch: int, counts: Sequence[int], rounds: int
) -> dict[int, float]:
    """Of all processes together, by their number; medians over rounds, in which they take turns.

    Args:
        batch: of each process; that of a step, over all of them, grows with their number.
    """
    found = {count: list[float]() for count in counts}
    for _ in range(rounds):
        for count in counts:
            found[count].append(_images_per_second(work, hardware, batch, count))
    return {count: statistics.median(speeds) for count, speeds in found.items()}


def _images_per_second(work: Work, hardware: Hardware, batch: int, count: int) -> float:
    together = replace(hardware, devices=Devices(count))
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(count, get_context("spawn")) as pool,
    ):
        meeting = Path(folder, "processes")
        started = [
            pool.submit(_timed, work, together, count * batch, rank, meeting)
            for rank in range(count)
        ]
        slowest = max(each.result() for each in started)
    images = 1 if work.stage == "perceptual" else 2
    return count * batch * images / slowest


def _timed(work: Work, hardware: Hardware, batch: int, rank: int, meeting: Path) -> float:
    """Seconds that a step takes process `rank`, which a fresh process becomes."""
    count = hardware.devices.count
    os.environ["LOCAL_RANK"] = str(rank)  # as Lightning's launcher numbers them
    torch.set_num_threads(max(1, torch.get_num_threads() // count))
    keep_freed_memory()
    backend = "gloo"
    if hardware.accelerator == "cuda":
        torch.cuda.set_device(rank)
        backend = "nccl"
    store = dist.FileStore(str(meeting), count)
    dist.init_process_group(backend, store=store, rank=rank, world_size=count, timeout=PATIENCE)
    try:
        return seconds_a_step(lesson(work, hardware, batch), hardware)
    finally:
        dist.destroy_process_group()
