"""Optimised pictures are made once for the same photos, painting, judge and weights."""

import numpy as np
import pytest
import torch

from kunster.evaluate.optimal import Optimum
from kunster.evaluate.optimum_cache import OptimumCache

from ..thin_vgg import thin_vgg

PAINTING = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
PHOTO = 255 - PAINTING
MADE = [
    Optimum(torch.rand(1, 3, 4, 4, generator=torch.Generator().manual_seed(0)), [3.0, 1 / 3], True),
    Optimum(torch.zeros(1, 3, 4, 4), [2.0], False),
]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KUNSTER_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture
def judge():
    return thin_vgg()


def never():
    raise AssertionError("it was there already")


def same(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert torch.equal(one.picture, other.picture)
        assert (one.curve, one.converged) == (other.curve, other.converged)


def test_what_was_made_once_comes_back_bit_for_bit(judge):
    same(OptimumCache(judge, [2], [PAINTING, PHOTO]).take(0, lambda: MADE), MADE)
    same(OptimumCache(judge, [2.0], [PAINTING, PHOTO]).take(0, never), MADE)


@pytest.mark.parametrize("changed", ["weight", "photo", "painting", "shape", "judge", "number"])
def test_whatever_decides_the_picture_makes_another(judge, changed):
    OptimumCache(judge, [2], [PAINTING, PHOTO]).take(0, lambda: MADE)
    settings, pictures = [2], [PAINTING, PHOTO]
    if changed == "weight":
        settings = [6]
    if changed == "photo":
        pictures[1] = PHOTO + np.uint8(1)
    if changed == "painting":
        pictures[0] = PHOTO
    if changed == "shape":
        pictures[1] = PHOTO.reshape(2, 8, 3)
    if changed == "judge":
        judge.source["sha256"] = "another"
    other = MADE[::-1]
    same(
        OptimumCache(judge, settings, pictures).take(int(changed == "number"), lambda: other), other
    )


def test_a_damaged_file_is_made_anew(judge, cache):
    cached = OptimumCache(judge, [2], [PAINTING, PHOTO])
    cached.take(0, lambda: MADE)
    (file,) = (cache / "optimised").glob("*.safetensors")
    file.write_bytes(file.read_bytes()[:-20])
    other = MADE[::-1]
    same(cached.take(0, lambda: other), other)
    same(cached.take(0, never), other)
