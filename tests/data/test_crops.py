import subprocess
import sys

import numpy as np
import pytest
import torch

from kunster.data.crops import Crops
from kunster.errors import UserError


class Ramps:
    """Photos whose red says which, whose green says the row and whose blue the column."""

    def __len__(self):
        return 5

    def __getitem__(self, index):
        rows, columns = np.indices((128, 160 + index), np.uint8)
        return np.stack([np.full_like(rows, 40 * index), rows, columns], -1)


def test_a_crop_is_the_part_of_the_photo_it_says():
    for crop in Crops(Ramps(), size=64, scale=(0.5, 0.5)).batch(0, 20):
        if crop[2, 0, 0] > crop[2, 0, -1]:  # mirrored
            crop = crop.flip(2)
        red, green, blue = crop
        top, left = int(green[0, 0]), int(blue[0, 0])
        part = Ramps()[int(red[0, 0]) // 40][top : top + 64, left : left + 64]
        assert torch.equal(crop, torch.from_numpy(part).permute(2, 0, 1))


def test_every_pass_takes_every_photo_in_a_new_order():
    crops = Crops(Ramps(), size=16, seed=3)
    passes = [[int(crop[0, 0, 0]) for crop in crops.batch(5 * n, 5)] for n in range(4)]
    assert all(sorted(order) == [0, 40, 80, 120, 160] for order in passes)
    assert len({tuple(order) for order in passes}) > 1


def test_batches_are_the_crops_one_by_one():
    crops = Crops(Ramps(), size=32, jitter=0.5)
    batch = crops.batch(3, 9)
    assert batch.shape == (9, 3, 32, 32)
    assert batch.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(batch, torch.cat([crops.batch(index, 1) for index in range(3, 12)]))


SAME = """
import sys
sys.path.insert(0, sys.argv[1])
from test_crops import Crops, Ramps
import hashlib
crops = Crops(Ramps(), size=48, seed=7, jitter=1)
print(hashlib.sha256(crops.batch(1000, 8).numpy().tobytes()).hexdigest())
"""


def test_another_process_that_starts_in_the_middle_draws_the_same():
    import hashlib
    from pathlib import Path

    crops = Crops(Ramps(), size=48, seed=7, jitter=1)
    crops.batch(0, 40)
    here = hashlib.sha256(crops.batch(1000, 8).numpy().tobytes()).hexdigest()
    command = [sys.executable, "-c", SAME, str(Path(__file__).parent)]
    assert subprocess.run(command, capture_output=True, text=True).stdout.strip() == here


def test_seed_and_index_each_change_the_crop():
    first, second = (Crops(Ramps(), size=16, seed=seed).batch(0, 8) for seed in (0, 1))
    assert not torch.equal(first, second)
    assert not torch.equal(first[:4], first[4:])


def test_half_of_the_crops_are_mirrored():
    blue = Crops(Ramps(), size=16).batch(0, 400)[:, 2].int()
    mirrored = (blue[:, 0, 0] > blue[:, 0, -1]).float().mean()
    assert 0.4 < mirrored < 0.6


def test_the_side_of_a_crop_stays_within_the_scale():
    green = Crops(Ramps(), size=64, scale=(0.5, 0.75)).batch(0, 200)[:, 1].float()
    sides = (green[:, -1, 0] - green[:, 0, 0]) * 64 / 63  # rows spanned
    assert sides.min() >= 0.5 * 128 - 2
    assert sides.max() <= 0.75 * 128 + 2
    assert sides.std() > 5


def test_jitter_changes_colours_and_keeps_grey_grey_but_for_white_balance():
    class Grey(Ramps):
        def __getitem__(self, index):
            return np.full((80, 80, 3), 120, np.uint8)

    plain = Crops(Grey(), size=16).batch(0, 64)
    assert (plain == 120).all()
    changed = Crops(Grey(), size=16, jitter=0.5).batch(0, 64).float()
    assert changed.std(0).min() > 8
    assert (changed.amax(1) - changed.amin(1)).max() < 60
    assert abs(changed.mean() - 120) < 12


def test_photos_smaller_than_the_crop_are_enlarged():
    assert Crops(Ramps(), size=256).batch(0, 2).shape == (2, 3, 256, 256)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"scale": (0, 1)}, r"scale=\[0, 1\]: "),
        ({"scale": (0.9, 0.5)}, r"scale=\[0\.9, 0\.5\]: "),
        ({"jitter": -1}, "jitter=-1: "),
    ],
)
def test_wrong_arguments_are_named_as_a_run_takes_them(wrong, named):
    with pytest.raises(UserError, match=rf"^photos\.{named}"):
        Crops(Ramps(), **wrong)
