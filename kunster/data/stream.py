"""Batches of crops, numbered by the steps of a run, each made while the one before is used."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import lightning as L
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from kunster.data.crops import Crops


class CropStream(IterableDataset[Tensor]):
    """Batches of a run from step `first()` to step `steps`, uint8 (B, 3, S, S).

    A batch depends on its number alone, so a run that goes on at a step sees exactly what one that
    was never interrupted sees. The next batch is made while the current one is trained on. Without
    a length: Lightning would count the steps before an interruption against it.
    """

    def __init__(self, crops: Crops, batch: int, first: Callable[[], int], steps: int) -> None:
        self.crops, self.batch, self.first, self.steps = crops, batch, first, steps

    def __iter__(self) -> Iterator[Tensor]:
        first = self.first()
        with ThreadPoolExecutor(1, thread_name_prefix="crops") as pool:
            ahead = pool.submit(self._batch, first)
            for step in range(first, self.steps):
                ready = ahead.result()
                if step + 1 < self.steps:
                    ahead = pool.submit(self._batch, step + 1)
                yield ready

    def _batch(self, step: int) -> Tensor:
        return self.crops.batch(step * self.batch, self.batch)


class CropModule(L.LightningDataModule):
    """Feeds a run of `trainer.max_steps` from its current step on."""

    def __init__(self, crops: Crops, batch: int) -> None:
        super().__init__()
        self.crops, self.batch = crops, batch

    def train_dataloader(self) -> DataLoader[Tensor]:
        trainer = self.trainer
        assert trainer is not None
        stream = CropStream(self.crops, self.batch, lambda: trainer.global_step, trainer.max_steps)
        return DataLoader(stream, batch_size=None)
