"""Batches numbered by the steps of a run, each made while the one before is used."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, Protocol

import lightning as L
import torch
from torch.utils.data import DataLoader, IterableDataset

from kunster.machine.cores import cores

MOST_READERS = 8  # threads; one alone where the cores train, for they have nothing left


class Batches(Protocol):
    """Crops or frame pairs by number, without end: the same number always gives the same."""

    def batch(self, start_index: int, batch_size: int) -> Any:
        """Numbers `start_index` and following, as one batch."""


class Unfinished(Protocol):
    """Batches of which the host makes only what the device, where they are, needs for the rest."""

    def batch(self, start_index: int, batch_size: int) -> Any: ...

    def finish(self, batch: Any) -> Any: ...


class BatchStream(IterableDataset[Any]):
    """The batches of a run from step `first()` to step `steps`.

    A batch depends on its number alone, so a run that goes on at a step sees exactly what one that
    was never interrupted sees. The next batches are made while the current one is trained on.
    Without a length: Lightning would count the steps before an interruption against it.

    Args:
        size: numbers in the batch of a step, over all devices.
        part: (which, of how many) equal parts of every batch is read here.
        readers: threads, each of which makes one of the next batches.

    Attributes:
        waited: seconds that the reader of the stream stood still for a batch.
    """

    def __init__(
        self,
        batches: Batches,
        size: int,
        first: Callable[[], int],
        steps: int,
        part: tuple[int, int] = (0, 1),
        readers: int = 1,
    ) -> None:
        assert size % part[1] == 0
        self.batches, self.size, self.first, self.steps = batches, size, first, steps
        self.part, self.readers = part, readers
        self.waited = 0.0

    def __iter__(self) -> Iterator[Any]:
        first = self.first()
        with ThreadPoolExecutor(self.readers, thread_name_prefix="batches") as pool:
            steps, began = iter(range(first, self.steps)), time.perf_counter()
            ahead = deque(pool.submit(self._batch, step) for step in islice(steps, self.readers))
            while ahead:
                ready = ahead.popleft().result()
                self.waited += time.perf_counter() - began
                ahead.extend(pool.submit(self._batch, step) for step in islice(steps, 1))
                yield ready
                began = time.perf_counter()

    def _batch(self, step: int) -> Any:
        which, parts = self.part
        share = self.size // parts
        return self.batches.batch(step * self.size + which * share, share)


def readers(accelerator: str, processes: int = 1) -> int:
    """Threads that make batches in each of a machine's processes, with one left for each to train.

    Several only where a GPU trains.
    """
    if accelerator != "cuda":
        return 1
    return max(1, min(MOST_READERS, cores() // processes - 1))


class BatchModule(L.LightningDataModule):
    """Feeds a run of `trainer.max_steps` from its current step on.

    Args:
        batches: crops or frame pairs.
        size: how many a step, over all devices.
        images: pictures in each: 1 in a crop, 2 in a pair.
        on_device: makes of a device the same batches, to be finished there; None: the host does.
    """

    def __init__(
        self,
        batches: Batches,
        size: int,
        images: int = 1,
        on_device: Callable[[torch.device], Unfinished] | None = None,
    ) -> None:
        super().__init__()
        self.batches, self.size = batches, size
        self.images_a_step = size * images
        self.on_device = on_device
        self._unfinished: Unfinished | None = None
        self._stream: BatchStream | None = None
        self._waited_before = 0.0

    @property
    def waited(self) -> float:
        """Seconds that training stood still for data, over all sittings."""
        return self._waited_before + (self._stream.waited if self._stream else 0.0)

    def state_dict(self) -> dict[str, float]:
        return {"waited": self.waited}

    def load_state_dict(self, state_dict: dict[str, float]) -> None:
        self._waited_before = state_dict["waited"]

    def train_dataloader(self) -> DataLoader[Any]:
        trainer = self.trainer
        assert trainer is not None
        device = trainer.strategy.root_device
        if self.on_device is not None:
            self._unfinished = self.on_device(device)
        self._stream = BatchStream(
            self._unfinished or self.batches,
            self.size,
            lambda: trainer.global_step,
            trainer.max_steps,
            (trainer.global_rank, trainer.world_size),
            readers(device.type, trainer.num_devices),
        )
        # from pinned memory a batch is copied while the step before is still at work
        return DataLoader(self._stream, batch_size=None, pin_memory=device.type == "cuda")

    def on_after_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:
        return self._unfinished.finish(batch) if self._unfinished else batch
