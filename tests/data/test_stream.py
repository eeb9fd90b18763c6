"""A stream of batches is a function of the step alone, whoever reads it and from where."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from kunster.data.crops import Crops
from kunster.data.stream import BatchModule, BatchStream
from kunster.errors import UserError


def crops(count: int = 5) -> Crops:
    random = np.random.default_rng(0)
    photos = [random.integers(0, 256, (40, 50, 3), np.uint8) for _ in range(count)]
    return Crops(photos, size=16, seed=3, jitter=0.5)


def test_a_stream_from_step_k_goes_on_as_one_from_0_does():
    whole = list(BatchStream(crops(), size=3, first=lambda: 0, steps=9))
    for first in (1, 4, 8):
        rest = list(BatchStream(crops(), 3, lambda start=first: start, steps=9))
        assert len(rest) == 9 - first
        assert all(map(torch.equal, rest, whole[first:]))


class Numbered:
    """Crops whose pixels are their own numbers; early ones take longest."""

    def batch(self, start: int, size: int) -> torch.Tensor:
        time.sleep(max(0, 0.02 - 0.004 * start))
        return torch.arange(start, start + size)


def test_reading_ahead_loses_and_reorders_nothing():
    for readers in (1, 3, 16):
        stream = BatchStream(Numbered(), size=2, first=lambda: 0, steps=10, readers=readers)
        assert torch.cat(list(stream)).tolist() == list(range(20))


class Slow:
    """Batches that take 20 ms each."""

    def batch(self, start: int, size: int) -> torch.Tensor:
        time.sleep(0.02)
        return torch.zeros(size)


def test_a_reader_that_does_nothing_waits_all_the_time():
    stream, began = BatchStream(Slow(), size=2, first=lambda: 0, steps=20), time.perf_counter()
    for _ in stream:
        pass
    took = time.perf_counter() - began
    assert 20 * 0.02 * 0.95 < stream.waited < took


def test_a_reader_that_takes_longer_than_the_batches_waits_for_the_first_only():
    stream, began = BatchStream(Slow(), size=2, first=lambda: 0, steps=10), time.perf_counter()
    for _ in stream:
        time.sleep(0.1)
    assert 0.019 < stream.waited < 0.15 * (time.perf_counter() - began)


def test_several_readers_make_batches_at_the_same_time():
    stream, began = (
        BatchStream(Slow(), size=2, first=lambda: 0, steps=20, readers=10),
        time.perf_counter(),
    )
    assert len(list(stream)) == 20
    assert time.perf_counter() - began < 20 * 0.02


class SlowModule(BatchModule):
    """A data set of one's own."""

    source = "numbers"

    def load(self) -> Slow:
        return Slow()

    def sample(self, count: int) -> torch.Tensor:
        return self.batches.batch(0, count)


def test_what_was_waited_counts_over_all_sittings():
    before, after = SlowModule(batch=2), SlowModule(batch=2)
    before.load_state_dict({"waited": 3.5})
    after.load_state_dict(before.state_dict())
    assert after.waited == 3.5


def test_a_batch_of_none_is_refused():
    with pytest.raises(UserError, match=r"^batch=0: must be a whole number from 1 up$"):
        SlowModule(batch=0)


def module_of(rank: int, world: int, steps: int) -> SlowModule:
    module = SlowModule(batch=4)
    strategy = SimpleNamespace(root_device=torch.device("cpu"))
    module.trainer = SimpleNamespace(
        strategy=strategy,
        world_size=world,
        global_rank=rank,
        num_devices=world,
        global_step=1,
        max_steps=steps,
    )
    return module


def test_devices_share_every_batch_and_not_what_they_cannot_share():
    module = module_of(rank=1, world=2, steps=4)
    assert [len(batch) for batch in module.train_dataloader()] == [2] * 3
    with pytest.raises(UserError, match=r"^batch=4: 3 devices share it, .* a multiple of 3$"):
        module_of(rank=0, world=3, steps=4).train_dataloader()


def test_a_finished_run_has_nothing_left_to_read():
    stream = BatchStream(Numbered(), size=2, first=lambda: 6, steps=6)
    assert list(stream) == []
