"""Batches numbered by the steps of a run, made ahead while others are trained on."""

import time
from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import islice
from typing import Any, Protocol

import lightning as L
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from kunster.errors import UserError
from kunster.machine.cores import cores

MOST_READERS = 8  # threads, where a GPU trains


class Batches(Protocol):
    """Crops or frame pairs by number, without end: the same number always gives the same."""

    def batch(self, start_index: int, batch_size: int) -> Any:
        """One batch of the items `start_index` and following."""


class Unfinished(Protocol):
    """Batches that the host begins and the device finishes."""

    def batch(self, start_index: int, batch_size: int) -> Any: ...

    def finish(self, batch: Any) -> Any: ...


class BatchStream(IterableDataset[Any]):
    """The batches of a run from step `first()` to step `steps`.

    A batch depends on its number alone, so a run that goes on at a step sees exactly what one that
    was never interrupted sees. The next batches are made while the current one is trained on.
    Without a length: Lightning would count the steps before an interruption against it.

    Args:
        size: numbers in the batch of a step, over all devices.
        part: (index, count) of equal parts of every batch; this process reads part `index`.
        readers: threads, each of which makes one of the next batches.

    Attributes:
        waited: seconds that the reader of the stream spent waiting for batches.
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
    """Number of threads that make batches in each of a machine's processes.

    One where the CPU trains; with a GPU as many as there are cores, less one for each process.
    """
    if accelerator != "cuda":
        return 1
    return max(1, min(MOST_READERS, cores() // processes - 1))


class BatchModule(L.LightningDataModule):
    """Feeds a run of `trainer.max_steps` from its current step on.

    A data set of your own is a subclass with `load`; nothing is read before the first batch or
    `source` is asked for.

    Args:
        batch: crops or frame pairs a step, over all devices.
        images: pictures in each: 1 in a crop, 2 in a pair.
    """

    def __init__(self, batch: int = 1, images: int = 1) -> None:
        super().__init__()
        if batch < 1:
            raise UserError(f"batch={batch}: must be a whole number from 1 up")
        self.batch = batch
        self.images_a_step = batch * images
        self._unfinished: Unfinished | None = None
        self._stream: BatchStream | None = None
        self._waited_before = 0.0

    @abstractmethod
    def load(self) -> Batches:
        """The crops or frame pairs."""

    @property
    @abstractmethod
    def source(self) -> str:
        """Description of the data for the plan and the results of a run."""

    @cached_property
    def batches(self) -> Batches:
        return self.load()

    @abstractmethod
    def sample(self, count: int) -> Tensor:
        """The first pictures that a stage will see, uint8 (B, 3, H, W)."""

    def on_device(self, device: torch.device) -> Unfinished | None:
        """The same batches, to be finished on a device; None where the host makes them whole."""
        return None

    @property
    def waited(self) -> float:
        """Seconds that training waited for data, over all sittings."""
        return self._waited_before + (self._stream.waited if self._stream else 0.0)

    def check_share(self, devices: int) -> None:
        """Raises UserError if so many devices cannot have equal parts of a batch."""
        if self.batch % devices:
            raise UserError(
                f"batch={self.batch}: {devices} devices share it, so it must be a multiple of "
                f"{devices}"
            )

    def state_dict(self) -> dict[str, float]:
        return {"waited": self.waited}

    def load_state_dict(self, state_dict: dict[str, float]) -> None:
        self._waited_before = state_dict["waited"]

    def train_dataloader(self) -> DataLoader[Any]:
        trainer = self.trainer
        assert trainer is not None
        device = trainer.strategy.root_device
        self.check_share(trainer.world_size)
        self._unfinished = self.on_device(device)
        self._stream = BatchStream(
            self._unfinished or self.batches,
            self.batch,
            lambda: trainer.global_step,
            trainer.max_steps,
            (trainer.global_rank, trainer.world_size),
            readers(device.type, trainer.num_devices),
        )
        # from pinned memory a batch is copied while the step before is still at work
        return DataLoader(self._stream, batch_size=None, pin_memory=device.type == "cuda")

    def on_after_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:
        return self._unfinished.finish(batch) if self._unfinished else batch
