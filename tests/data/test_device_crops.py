"""Crops cut by tensor operations are those that OpenCV cuts."""

import pytest
import torch

from kunster.data.crops import Crops
from kunster.data.device_crops import DeviceCrops

CPU = torch.device("cpu")


@pytest.fixture(params=["photos there", "windows brought along"])
def brought(request) -> bool:
    return request.param == "windows brought along"


def device_crops(crops: Crops, brought: bool) -> DeviceCrops:
    found = DeviceCrops(crops, CPU)
    if brought:
        found.photos = None
    return found


@pytest.mark.parametrize("size", [64, 200, 500])  # by area, bilinear and by area, enlarged
def test_without_colours_they_are_opencvs_to_a_rounding_error(photos, size, brought):
    crops = Crops(photos, size, seed=5, scale=(0.3, 1.0))
    ours = device_crops(crops, brought)
    expected, found = crops.batch(7, 8).int(), ours.finish(ours.batch(7, 8))
    assert found.dtype == torch.uint8
    assert found.is_contiguous(memory_format=torch.channels_last)
    assert (found.int() - expected).abs().max() <= 1
    assert (found.int() == expected).float().mean() > 0.85  # OpenCV's weights are 11 bits


def test_with_colours_the_rounding_error_is_what_the_curves_make_of_it(photos, brought):
    crops = Crops(photos, 128, seed=5, jitter=0.5)
    ours = device_crops(crops, brought)
    error = (ours.finish(ours.batch(0, 16)).int() - crops.batch(0, 16).int()).abs().float()
    assert error.mean() < 0.3
    assert error.max() <= 8


def test_a_crop_depends_on_its_number_alone(photos, brought):
    ours = device_crops(Crops(photos, 96, seed=5, scale=(0.2, 1.0), jitter=0.5), brought)
    batch = ours.finish(ours.batch(3, 6))
    for offset in range(6):
        assert torch.equal(ours.finish(ours.batch(3 + offset, 1))[0], batch[offset])
