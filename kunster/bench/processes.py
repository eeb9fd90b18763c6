"""Speed of training by the number of processes that train one network together."""

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

from kunster.bench.ours import Work, our_stage

PATIENCE = timedelta(minutes=5)  # with a process that still compiles, or has failed


def images_per_second(work: Work, counts: Sequence[int], rounds: int) -> dict[int, float]:
    """Speed of all processes together by their number; medians over rounds, in turns.

    Args:
        work: of one process; the batch of a step grows with their number.
    """
    found = {count: list[float]() for count in counts}
    for _ in range(rounds):
        for count in counts:
            found[count].append(_images_per_second(work, count))
    return {count: statistics.median(speeds) for count, speeds in found.items()}


def _images_per_second(work: Work, count: int) -> float:
    together = replace(
        work,
        batch=count * work.batch,
        overrides=("trainer=ddp", f"trainer.devices={count}", *work.overrides),
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(count, get_context("spawn")) as pool,
    ):
        meeting = Path(folder, "processes")
        started = [pool.submit(_timed, together, count, rank, meeting) for rank in range(count)]
        slowest = max(each.result() for each in started)
    images = 1 if work.stage == "perceptual" else 2
    return together.batch * images / slowest


def _timed(work: Work, count: int, rank: int, meeting: Path) -> float:
    """Seconds that a step takes in process `rank`, which this fresh process becomes."""
    os.environ["LOCAL_RANK"] = str(rank)  # as Lightning's launcher numbers them
    torch.set_num_threads(max(1, torch.get_num_threads() // count))
    ours = our_stage(work)
    if ours.device.type == "cuda":
        torch.cuda.set_device(rank)
    backend = "nccl" if ours.device.type == "cuda" else "gloo"
    store = dist.FileStore(str(meeting), count)  # type: ignore[attr-defined]
    dist.init_process_group(backend, store=store, rank=rank, world_size=count, timeout=PATIENCE)
    try:
        return ours.seconds_a_step()
    finally:
        dist.destroy_process_group()
