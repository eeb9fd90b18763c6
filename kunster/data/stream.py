"""Batches of crops, numbered by the steps of a run, each made while the one before is used."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import lightning as L
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from kunster.data.crops import Crops


class CropStream(IterableDataset[Tensor]):
    """Batches `first`, `first + 1`, … up to `steps` of a run, uint8 (B, 3, S, S).

    A batch depends on its number alone, so a stream that starts at `first` goes on exactly where
    an interrupted one stopped. The next batch is made while the current one is trained on.
    """

    def __init__(self, crops: Crops, batch: int, first: int, steps: int) -> None:
        self.crops, self.batch, self.first, self.steps = crops, batch, first, steps

    def __len__(self) -> int:
        return self.steps - self.first

    def __iter__(self) -> Iterator[Tensor]:
        with ThreadPoolExecutor(1, thread_name_prefix="crops") as pool:
            ahead = pool.submit(self._batch, self.first)
            for step in range(self.first, self.steps):
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
        assert self.trainer is not None
        stream = CropStream(
            self.crops, self.batch, self.trainer.global_step, self.trainer.max_steps
        )
        return DataLoader(stream, batch_size=None)
